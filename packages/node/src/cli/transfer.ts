/**
 * The way between the command line's own streams and the node, which may run elsewhere: a private file in the home,
 * which both can reach. Memory stays flat whatever the size; the file is gone when the command ends.
 */
import { randomBytes } from 'node:crypto'
import { createReadStream, fsync } from 'node:fs'
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { abortError } from '../base/clock.ts'
import { messageOf, OperatingError, systemCode } from '../base/errors.ts'
import { WriteBehind } from '../base/write-behind.ts'
import { noNode } from '../node/config/config.ts'
import type { Home } from '../node/home.ts'

/** What a command that was killed left behind is cleared away after this. */
const leftoverMsMax = 24 * 60 * 60 * 1000
const chunkBytes = 256 * 1024

export interface Flow {
  readonly signal: AbortSignal
  readonly onBytes: (bytes: number) => void
}

/** Gives `work` the name of a file in the home that is not there yet, and removes it when that is done. */
export async function withTransferFile<T>(home: Home, work: (path: string) => Promise<T>): Promise<T> {
  await makeTransferFolder(home)
  await clearLeftovers(home.transfer)
  const path = join(home.transfer, `${randomBytes(12).toString('hex')}.bundle`)
  try {
    return await work(path)
  } finally {
    await rm(path, { force: true })
  }
}

/** A home that is not there is not made by this: it may be on a disk that is away. */
async function makeTransferFolder(home: Home): Promise<void> {
  try {
    await mkdir(home.transfer, { mode: 0o700 })
  } catch (error) {
    if (systemCode(error) === 'ENOENT') throw noNode(home.config)
    if (systemCode(error) !== 'EEXIST') throw error
  }
}

async function clearLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const found = await stat(path).catch(() => undefined)
    if (found !== undefined && Date.now() - found.mtimeMs > leftoverMsMax) await rm(path, { force: true })
  }
}

/** Everything of `source`, into a new private file. */
export async function fill(path: string, source: Readable, { signal, onBytes }: Flow): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  const cut = () => source.destroy(abortError(signal))
  signal.addEventListener('abort', cut, { once: true })
  try {
    const behind = new WriteBehind(block => file.writeFile(block))
    let bytes = 0
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      await behind.add(chunk)
      bytes += chunk.length
      onBytes(bytes)
    }
    if (signal.aborted) throw abortError(signal)
    await behind.flush()
  } finally {
    signal.removeEventListener('abort', cut)
    await file.close()
  }
}

/**
 * All of the file, into a stream; taken by whoever reads it, or on the disk if it is a file, when it resolves.
 * @throws OperatingError `output-broken` when nobody takes it.
 */
export async function pour(path: string, target: Writable, { signal, onBytes }: Flow): Promise<void> {
  let broken: Error | undefined
  target.on('error', error => {
    broken = error
  })
  let bytes = 0
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes }) as AsyncIterable<Uint8Array>) {
      if (signal.aborted) throw abortError(signal)
      if (broken !== undefined) throw broken
      await new Promise<void>((resolve, reject) => {
        target.write(chunk, error => (error ? reject(error) : resolve()))
      })
      bytes += chunk.length
      onBytes(bytes)
    }
    if (broken !== undefined) throw broken
  } catch (error) {
    if (signal.aborted) throw abortError(signal)
    throw new OperatingError(`The bundle could not be written out whole: ${messageOf(error)}. Nothing was let go of.`, {
      code: 'output-broken',
      retry: 'later',
      cause: error,
    })
  }
  if ('fd' in target && typeof target.fd === 'number') await syncIfFile(target.fd)
}

/** Pipes and terminals cannot be synced; a disk that fails at it is a failure. */
function syncIfFile(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(descriptor, error => {
      if (error === null || ['EINVAL', 'ENOTSUP', 'EROFS'].includes(error.code ?? '')) resolve()
      else {
        const message = `The bundle could not be written out whole: ${error.message}. Nothing was let go of.`
        reject(new OperatingError(message, { code: 'output-broken', retry: 'later', cause: error }))
      }
    })
  })
}
