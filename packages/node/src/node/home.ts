/**
 * A node's home: one folder with everything it owns. Only its owner may look inside.
 *
 * | file | what |
 * | --- | --- |
 * | posthorn.toml | what an operator sets |
 * | keys.json | the node's identity: whoever has it, is the node |
 * | posthorn.db | spool, directory, mailbox index, queue |
 * | spool/, mail/ | packet bodies; one Maildir a person |
 * | queue/ | letters on their way to other mail systems |
 * | incoming/ | files that neighbours sent, in a folder for each |
 * | transfer/ | bundles and files on their way between a pipe and the node |
 * | programs/ | what programs of exec handles read, for a moment |
 * | log/ | the latest of the node's log |
 * | chat/ | the chat engine's own: keys and chats of people on the web and of the node's account |
 * | tls/ | certificate and key of the web and mail listeners |
 * | uploads/ | files that browsers sent, until a message takes them |
 * | ports.json | ports that were chosen for listeners set to 0 |
 * | snapshots/ | the last good copies of the database |
 * | damaged/ | damaged files of the database, moved out of the way |
 * | lock.db, admin.sock | one daemon at a time, and the way to talk to it |
 * | call.sock | calls that come in through programs |
 */
import { createHash } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync } from 'node:fs'
import { chmod, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { homedir, tmpdir, userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { formatPrivateIdentity, type PrivateIdentity, parsePrivateIdentity, type Suite } from '@posthorn/nncp'
import { OperatingError, systemCode } from '../base/errors.ts'

export interface Home {
  readonly path: string
  readonly config: string
  readonly keys: string
  readonly database: string
  readonly lock: string
  readonly ports: string
  readonly spool: string
  readonly mail: string
  readonly queue: string
  readonly incoming: string
  readonly transfer: string
  readonly programs: string
  readonly log: string
  readonly chat: string
  readonly tls: string
  readonly uploads: string
  readonly snapshots: string
  readonly damaged: string
  readonly socket: string
  readonly calls: string
}

/** The home named on the command line, or `POSTHORN_HOME`, or `~/.posthorn`. */
export function homeAt(path: string | undefined): Home {
  const at = resolve(path ?? process.env['POSTHORN_HOME'] ?? join(homedir(), '.posthorn'))
  return {
    path: at,
    config: join(at, 'posthorn.toml'),
    keys: join(at, 'keys.json'),
    database: join(at, 'posthorn.db'),
    lock: join(at, 'lock.db'),
    ports: join(at, 'ports.json'),
    spool: join(at, 'spool'),
    mail: join(at, 'mail'),
    queue: join(at, 'queue'),
    incoming: join(at, 'incoming'),
    transfer: join(at, 'transfer'),
    programs: join(at, 'programs'),
    log: join(at, 'log'),
    chat: join(at, 'chat'),
    tls: join(at, 'tls'),
    uploads: join(at, 'uploads'),
    snapshots: join(at, 'snapshots'),
    damaged: join(at, 'damaged'),
    socket: socketPath(at, 'admin'),
    calls: socketPath(at, 'call'),
  }
}

/** Unix sockets have short names (108 bytes on Linux, 104 elsewhere). */
const socketPathBytesMax = 100

/** Inside the home or, where its path is too long for a socket, in a private folder named after the home. */
function socketPath(home: string, purpose: 'admin' | 'call'): string {
  const inside = join(home, `${purpose}.sock`)
  // Both or neither: they have one folder.
  if (Buffer.byteLength(join(home, 'admin.sock')) <= socketPathBytesMax) return inside
  const name = createHash('sha256').update(home).digest('hex').slice(0, 24)
  return join(tmpdir(), `posthorn-${userInfo().uid}`, purpose === 'admin' ? `${name}.sock` : `${name}-${purpose}.sock`)
}

/**
 * Makes the folder of the sockets, private.
 * @throws OperatingError `socket-folder` when somebody else made it first: other users could then listen in.
 */
export function prepareSocketFolder(home: Home): void {
  const folder = dirname(home.socket)
  if (folder === home.path) return
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const found = lstatSync(folder)
  if (!found.isDirectory() || found.uid !== userInfo().uid) {
    throw new OperatingError(`${folder} belongs to somebody else. Use a home with a shorter path.`, {
      code: 'socket-folder',
      retry: 'never',
    })
  }
  chmodSync(folder, 0o700)
}

/**
 * Makes the home, private. An empty folder that a person has made for it becomes private too.
 * @throws OperatingError `home-open` for a folder with other things in it that others may enter: not ours to shut.
 */
export async function makeHomeFolder(home: Home): Promise<void> {
  await mkdir(home.path, { recursive: true, mode: 0o700 })
  if (process.platform === 'win32' || ((await stat(home.path)).mode & othersMask) === 0) return
  if ((await readdir(home.path)).length === 0) return chmod(home.path, 0o700)
  throw new OperatingError(
    `${home.path} is not empty, and others may look into it. Give the node a folder of its own, or shut it: chmod 700`,
    { code: 'home-open', retry: 'never', fields: { path: home.path } },
  )
}

/** Permissions of everybody but the owner. */
const othersMask = 0o077

/** Durable when it resolves; the file is there whole or not at all, and for its owner only. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`
  await rm(temporary, { force: true })
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

export async function writeKeys(home: Home, identity: PrivateIdentity): Promise<void> {
  await writePrivateFile(home.keys, `${JSON.stringify(formatPrivateIdentity(identity), null, 2)}\n`)
}

/**
 * @throws OperatingError `bad-keys` when the file is missing, unreadable or not whole. Never tells what stands in it.
 */
export async function readKeys(home: Home, suite: Suite): Promise<PrivateIdentity> {
  try {
    return parsePrivateIdentity(suite, JSON.parse(await readFile(home.keys, 'utf8')))
  } catch (error) {
    const missing = systemCode(error) === 'ENOENT'
    throw new OperatingError(
      missing
        ? `The keys of this node (${home.keys}) are missing: put them back from a backup. Nothing opens without.`
        : `The keys of this node (${home.keys}) cannot be read. Put them back from a backup.`,
      { code: 'bad-keys', retry: 'never' },
    )
  }
}

/** Undefined when there are none yet. */
export async function readKeysIfAny(home: Home, suite: Suite): Promise<PrivateIdentity | undefined> {
  try {
    await readFile(home.keys)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
  }
  return readKeys(home, suite)
}
