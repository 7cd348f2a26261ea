import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { OperatingError } from '../../base/errors.ts'
import { diskFiles, type FileWriter } from '../../stores/files/index.ts'
import type { Home } from '../home.ts'
import type { Progress } from '../operations/types.ts'
import { whileHeld } from './hold.ts'
import { type Manifest, manifestText } from './manifest.ts'
import { Packing } from './pack.ts'
import { sealed } from './sealing.ts'

export interface BackUpOptions {
  readonly passphrase: Uint8Array
  readonly node: Manifest['node']
  readonly signal: AbortSignal
  readonly progress: (step: Progress) => void
  /** A name in a private folder of the home, for the snapshot of its database; nothing has it, nor any behind it. */
  readonly scratch: string
}

export interface BackupMade extends Manifest {
  readonly files: number
  /** Of the files in it. */
  readonly bytes: number
  /** Some of what was not taken: links, sockets, names that are not Unicode. Below the home. */
  readonly leftOut: readonly string[]
}

/** A backup, chunk by chunk. What came before an error is no backup, and no restore takes it for one. */
export async function backUp(
  home: Home,
  options: BackUpOptions,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<BackupMade> {
  const { passphrase, node, progress, scratch } = options
  return whileHeld(home, { database: scratch, signal: options.signal }, async signal => {
    try {
      const manifest: Manifest = { node, madeAt: new Date().toISOString(), home: home.path }
      const packing = new Packing({
        ...{
          home: home.path,
          manifest: manifestText(manifest),
          database: scratch,
          scratch: `${scratch}-other`,
          signal,
        },
        onFile: (packets, bytes) => progress({ phase: 'packing', packets, unit: 'files', bytes, bytesTotal: null }),
      })
      for await (const chunk of sealed(packing.chunks(), { passphrase, random: randomBytes })) await write(chunk)
      return { ...manifest, ...packing.outcome() }
    } finally {
      await rm(scratch, { force: true })
    }
  })
}

/**
 * The same into a new file, which has its name only when all of it is on the disk.
 * @throws OperatingError `file-exists`, `disk-full`, `disk-failed`.
 */
export async function backUpToFile(home: Home, path: string, options: BackUpOptions): Promise<BackupMade> {
  if (path.startsWith(home.path + sep)) {
    const message = 'A backup cannot lie in the home that it is of. Name a file elsewhere, best on another disk.'
    throw new OperatingError(message, { code: 'backup-inside-home', retry: 'never', fields: { path } })
  }
  if ((await diskFiles.facts(path)) !== undefined) throw fileExists(path)
  const temporary = join(dirname(path), `.posthorn-backup-${randomBytes(8).toString('hex')}.partial`)
  const writer = await diskFiles.create(temporary)
  try {
    const made = await written(writer, () => backUp(home, options, chunk => writer.write(chunk)))
    const outcome = await diskFiles.nameNew(temporary, path)
    if (outcome === 'taken') throw fileExists(path)
    if (outcome === 'impossible') {
      const message = `The disk of ${path} can have no file of that name. Take another name.`
      throw new OperatingError(message, { code: 'disk-failed', retry: 'never', fields: { path } })
    }
    return made
  } finally {
    await diskFiles.unlink(temporary)
    await diskFiles.syncDirectory(dirname(path))
  }
}

async function written<T>(writer: FileWriter, fill: () => Promise<T>): Promise<T> {
  try {
    const answer = await fill()
    await writer.sync()
    return answer
  } finally {
    await writer.close()
  }
}

function fileExists(path: string): OperatingError {
  const message = `${path} is there already. Take another name, or remove it.`
  return new OperatingError(message, { code: 'file-exists', retry: 'never', fields: { path } })
}
