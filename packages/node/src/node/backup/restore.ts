import { randomBytes } from 'node:crypto'
import { lstat, mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { systemClock } from '../../base/clock.ts'
import { OperatingError, systemCode } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { nodeDomain } from '../../services/postoffice/index.ts'
import { type Database, openDatabase } from '../../stores/database/database.ts'
import { noteRestore } from '../../stores/database/restores.ts'
import { openDirectory } from '../../stores/directory/index.ts'
import { diskError, diskFiles } from '../../stores/files/index.ts'
import { moveIncoming } from '../../stores/incoming/index.ts'
import { openMailbox } from '../../stores/mailbox/index.ts'
import { loadConfig } from '../config/config.ts'
import { nativeSuite } from '../crypto.ts'
import { type Home, homeAt, readKeys } from '../home.ts'
import { openLog } from '../log.ts'
import { logFile } from '../log-file.ts'
import type { Progress } from '../operations/types.ts'
import { brokenBackup } from './errors.ts'
import type { Manifest } from './manifest.ts'
import { formerMark, readBackup } from './read.ts'
import { Unpacking } from './unpack.ts'

export interface Restored {
  readonly home: string
  readonly node: { readonly id: string; readonly name: string; readonly domain: string }
  /** Of the backup. */
  readonly madeAt: string
  readonly files: number
  readonly bytes: number
}

interface RestoreOptions {
  readonly passphrase: Uint8Array
  readonly signal: AbortSignal
  readonly progress: (step: Progress) => void
}

/**
 * Makes a home of a backup, where there is none. The home has its name when all of it is on the disk and fit to be
 * started; when it fails there is nothing.
 * @throws OperatingError `home-not-empty`, `wrong-passphrase`, `not-a-backup`, `backup-broken`, `disk-full`.
 */
export async function restoreHome(
  home: Home,
  source: AsyncIterable<Uint8Array>,
  options: RestoreOptions,
): Promise<Restored> {
  await expectNone(home)
  const parent = dirname(home.path)
  const staging = homeAt(join(parent, `.${basename(home.path)}-restoring-${randomBytes(6).toString('hex')}`))
  try {
    const { manifest, ...unpacked } = await unpack(staging.path, source, options)
    const node = await settle(staging, home, manifest)
    await take(staging.path, home.path)
    return { home: home.path, node, madeAt: manifest.madeAt, ...unpacked }
  } finally {
    await rm(staging.path, { recursive: true, force: true })
  }
}

async function expectNone({ path }: Home): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined
    throw diskError(error, 'looking at the home', path)
  })
  if (found === undefined || (found.isDirectory() && (await readdir(path)).length === 0)) return
  throw new OperatingError(`${path} is there, and not empty. Name a home that is not there yet: --home DIR`, {
    ...{ code: 'home-not-empty', retry: 'never', fields: { path } },
  })
}

async function unpack(
  root: string,
  source: AsyncIterable<Uint8Array>,
  { passphrase, signal, progress }: RestoreOptions,
): Promise<{ manifest: Manifest; files: number; bytes: number }> {
  const unpacking = new Unpacking(root, signal)
  let manifest: Manifest | undefined
  let [files, bytes] = [0, 0]
  try {
    await readBackup(source, passphrase, {
      async manifest(found) {
        manifest = found
        await mkdir(dirname(root), { recursive: true, mode: 0o700 })
        await mkdir(root, { mode: 0o700 })
      },
      async file(file) {
        await unpacking.put(file)
        files += 1
        bytes += file.sizeBytes
        progress({ phase: 'restoring', packets: files, unit: 'files', bytes, bytesTotal: null })
      },
    })
    await unpacking.finish()
  } finally {
    await unpacking.abandon()
  }
  if (manifest === undefined) throw brokenBackup('it does not say what it is')
  return { manifest, files, bytes }
}

/** Makes the home that was unpacked one that can be started, and that knows that it forgot what came after. */
async function settle(staging: Home, home: Home, manifest: Manifest): Promise<Restored['node']> {
  const config = await loadConfig(staging.config)
  const { id } = await readKeys(staging, nativeSuite())
  if (id !== manifest.node.id) throw brokenBackup('its keys are not those of its node')
  const log = openLog({ level: 'warn', destination: logFile(staging.log, config.log.keep_bytes_max) })
  const database = openSound(staging.database)
  try {
    await leapAll(staging, database, log)
    const madeAt = Date.parse(manifest.madeAt)
    await database.commit(() => {
      moveIncoming(database, manifest.home, home.path)
      noteRestore(database, { restoredAt: Date.now(), madeAt })
    })
  } finally {
    database.close()
  }
  // It says that the log must be there too, which is in no backup: the database would be repaired for nothing.
  await rm(join(staging.path, formerMark), { force: true })
  log.warn('this home was restored from a backup: what came after that was made is not in it', {
    madeAt: manifest.madeAt,
    id,
  })
  return { id, name: config.node.name, domain: nodeDomain(config.node.name, id) }
}

/** It may have been sealed whole, but of a database that was damaged before. */
function openSound(path: string): Database {
  let database: Database | undefined
  try {
    database = openDatabase(path)
    const [fault] = database.faults()
    if (fault === undefined) return database
    throw damaged(fault)
  } catch (error) {
    database?.close()
    throw error instanceof OperatingError && error.code === 'database-damaged' ? damaged(error.message) : error
  }
}

function damaged(fault: string): OperatingError {
  return brokenBackup(`its database was damaged when it was made (${fault.replace(/\.$/, '')})`)
}

/** New letters get UIDs that no app can have seen, whatever came after the backup. */
async function leapAll(home: Home, database: Database, log: Log): Promise<void> {
  const directory = await openDirectory({ database, random: randomBytes })
  const parts = { random: randomBytes, clock: systemClock, log }
  const mailbox = await openMailbox({ database, directory: home.mail, ...parts })
  for (const { name } of await directory.users.list()) {
    // Nothing is archived of a Maildir that had no letters any more.
    await diskFiles.makeDirectory(join(home.mail, name))
    await mailbox.leap(name)
  }
}

/** An empty folder that a person has made for it may be there. */
async function take(from: string, to: string): Promise<void> {
  try {
    if ((await stat(to).catch(() => undefined)) !== undefined) await rmdir(to)
    await rename(from, to)
  } catch (error) {
    throw diskError(error, 'naming the home', to)
  }
  await diskFiles.syncDirectory(dirname(to))
}
