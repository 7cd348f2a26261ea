/** What of a home is in its backup, and what is not. */
import { opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCode } from '../../base/errors.ts'

/** In the backup the home has this name. */
export const homePrefix = 'home/'
/** The first file of a backup: what it is of. */
export const manifestName = 'posthorn-backup.json'
/** Without these there is no node. */
export const required = ['posthorn.toml', 'keys.json', 'posthorn.db'] as const

/** Paths below the home, with `/`. */
const leftOut = new Set([
  // Of this moment and this machine.
  ...[
    'lock.db',
    'lock.db-journal',
    'admin.sock',
    'call.sock',
    'transfer',
    'programs',
    'queue/programs',
    'log',
    'uploads',
  ],
  // Other states of the database.
  ...['snapshots', 'damaged'],
  // In the making; beginnings of packets, which their senders still have.
  ...['spool/tmp', 'spool/partial', 'posthorn.toml.new', 'keys.json.new', 'ports.json.new'],
])
/** What lies beside the database: its logs, and the marks of the node that runs. It is copied by itself. */
const besideDatabase = /^posthorn\.db[-.]/

/** Whether a backup may hold this file. */
export function belongs(path: string): boolean {
  const parts = path.split('/')
  if (besideDatabase.test(path)) return false
  return parts.every((_, at) => !leftOut.has(parts.slice(0, at + 1).join('/')))
}

export interface Found {
  /** Below the home, with `/`. */
  readonly path: string
  readonly kind: 'file' | 'folder' | 'other'
}

/** What lies in a folder of the home; nothing when it is not there, or not any more. */
export async function* listed(home: string, folder: string): AsyncGenerator<Found> {
  try {
    // With a dot behind it, so that a link in the place of a folder of the home is gone through.
    for await (const entry of await opendir(join(home, folder, '.'), { bufferSize: 512 })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (!belongs(path)) continue
      yield { path, kind: entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : 'other' }
    }
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
  }
}
