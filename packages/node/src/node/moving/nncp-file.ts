/**
 * NNCP's configuration on the disk: a file of Hjson, the same sealed with a passphrase (eblob), or a directory.
 *
 * There are private keys in it: nothing that is said about it quotes a line of it.
 */
import { constants } from 'node:fs'
import { lstat, open, opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { FormatError, isEblob, type NncpTree, openEblob, type Suite, sealEblob, treeToNncpValue } from '@posthorn/nncp'
import hjson from 'hjson'
import { abortError } from '../../base/clock.ts'
import { OperatingError, systemCode } from '../../base/errors.ts'
import { withQuickBlake2b } from '../crypto.ts'

export type NncpFile =
  | { readonly kind: 'sealed'; readonly bytes: Uint8Array }
  | { readonly kind: 'plain'; readonly value: unknown }

const fileBytesMax = 1024 * 1024
const treeFilesMax = 100_000
const treeFileBytesMax = 64 * 1024
const treeDepthMax = 8

/** @throws OperatingError `no-such-file`, `too-large`, `bad-nncp-config`. */
export async function readNncpFile(path: string): Promise<NncpFile> {
  const stats = await lstat(path).catch(() => undefined)
  if (stats?.isDirectory()) return { kind: 'plain', value: treeToNncpValue(await readTree(path)) }
  const bytes = await readBounded(path, fileBytesMax, 0)
  return isEblob(bytes) ? { kind: 'sealed', bytes } : { kind: 'plain', value: parseNncp(bytes) }
}

/** @throws OperatingError `bad-nncp-config`. */
export function parseNncp(bytes: Uint8Array): unknown {
  try {
    return hjson.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    // The parser quotes what it stumbles over; only the place is told.
    const [, line] = /line (\d+)/.exec(error instanceof Error ? error.message : '') ?? []
    throw badConfig(`This is no Hjson${line === undefined ? '' : `: look at line ${line}`}.`)
  }
}

export interface PassphraseWork {
  readonly suite: Suite
  readonly passphrase: Uint8Array
  readonly signal: AbortSignal
  /** 0 to 1. Making a key out of a passphrase takes long by intention. */
  readonly onShare: (share: number) => void
}

/** @throws OperatingError `wrong-passphrase`, `bad-nncp-config`. */
export async function unsealNncp(bytes: Uint8Array, work: PassphraseWork): Promise<unknown> {
  const suite = await withQuickBlake2b(work.suite)
  const opened = await openEblob({ ...work, suite, bytes, pause: pauseOf(work) }).catch((error: unknown) => {
    throw error instanceof FormatError ? badConfig(`This is no eblob that can be opened: ${error.message}.`) : error
  })
  if (opened !== undefined) return parseNncp(opened)
  const message = 'The passphrase does not open this file (or the file was changed). Nothing was taken over.'
  throw new OperatingError(message, { code: 'wrong-passphrase', retry: 'never' })
}

export async function sealNncp(
  text: string,
  work: PassphraseWork & { readonly random: (sizeBytes: number) => Uint8Array },
): Promise<Uint8Array> {
  const suite = await withQuickBlake2b(work.suite)
  return sealEblob({ ...work, suite, content: Buffer.from(text), pause: pauseOf(work) })
}

/** Lets a person interrupt it. */
function pauseOf({ signal, onShare }: PassphraseWork): (share: number) => Promise<void> {
  return async share => {
    onShare(share)
    await nextTurn()
    if (signal.aborted) throw abortError(signal)
  }
}

async function readTree(path: string): Promise<NncpTree> {
  let files = 0
  const read = async (directory: string, depth: number): Promise<NncpTree> => {
    const members = new Map<string, string | NncpTree>()
    if (depth > treeDepthMax) throw badConfig('Its directories are nested too deep.')
    for await (const entry of await opendir(directory)) {
      if (entry.name.startsWith('.')) continue
      files += 1
      if (files > treeFilesMax) throw badConfig('It holds too many files.')
      const at = join(directory, entry.name)
      if (entry.isDirectory()) members.set(entry.name, await read(at, depth + 1))
      else if (entry.isFile())
        members.set(entry.name, (await readBounded(at, treeFileBytesMax, noFollow)).toString('utf8'))
    }
    return members
  }
  return read(path, 0)
}

const noFollow = constants.O_NOFOLLOW ?? 0

async function readBounded(path: string, sizeBytesMax: number, flags: number): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | flags).catch((error: unknown) => {
    if (systemCode(error) === undefined) throw error
    throw new OperatingError(`${path} is not a file that can be read.`, { code: 'no-such-file', retry: 'never' })
  })
  try {
    const buffer = Buffer.alloc(sizeBytesMax + 1)
    let length = 0
    for (let read = -1; read !== 0 && length <= sizeBytesMax; length += read) {
      read = (await file.read(buffer, length, buffer.length - length, null)).bytesRead
    }
    if (length <= sizeBytesMax) return buffer.subarray(0, length)
    throw new OperatingError(`${path} is larger than ${sizeBytesMax} bytes.`, { code: 'too-large', retry: 'never' })
  } finally {
    await file.close()
  }
}

export function badConfig(why: string): OperatingError {
  return new OperatingError(`This configuration of NNCP cannot be taken over. ${why}`, {
    code: 'bad-nncp-config',
    retry: 'never',
  })
}
