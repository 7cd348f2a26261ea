/**
 * The latest of the log, in the home: a few files of JSON lines, for this user alone. The newest is `posthorn.log`,
 * older ones have a number behind it, and the oldest goes when there are too many.
 *
 * It promises never to hold up the node: a line that cannot be written (a full disk) is dropped.
 */
import { closeSync, constants, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAbort, systemCode } from '../base/errors.ts'
import type { LogDestination } from './log.ts'

const fileCount = 4
const chunkBytes = 64 * 1024
const followPauseMs = 200
/** Windows has no such flag, and asks for a right to make links. */
const noFollow = constants.O_NOFOLLOW ?? 0
const appending = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | noFollow

/** @param keepBytesMax about as much is kept in all; 0: nothing is written. */
export function logFile(directory: string, keepBytesMax: number): LogDestination {
  const fileBytesMax = Math.floor(keepBytesMax / fileCount)
  let file: { readonly descriptor: number; bytes: number } | undefined
  const opened = () => {
    if (file !== undefined) return file
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const descriptor = openSync(pathOf(directory, 0), appending, 0o600)
    file = { descriptor, bytes: fstatSync(descriptor).size }
    return file
  }
  const rotate = (descriptor: number) => {
    file = undefined
    closeSync(descriptor)
    for (let number = fileCount - 1; number > 0; number -= 1) {
      renameIfThere(pathOf(directory, number - 1), pathOf(directory, number))
    }
  }
  return {
    write(line) {
      if (fileBytesMax === 0) return
      try {
        const current = opened()
        current.bytes += writeSync(current.descriptor, line)
        if (current.bytes >= fileBytesMax) rotate(current.descriptor)
      } catch {
        // The node's own work matters more; standard error has the line.
      }
    },
  }
}

function pathOf(directory: string, number: number): string {
  return join(directory, number === 0 ? 'posthorn.log' : `posthorn.log.${number}`)
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
  }
}

/** The lines that are kept, the oldest first; with `follow` also those that come, until the signal fires. */
export async function* readLog(
  directory: string,
  { follow, signal }: { follow: boolean; signal: AbortSignal },
): AsyncGenerator<string> {
  let open: Tail[] = []
  try {
    do {
      // What was written before a file was renamed is read to its end; then what is newer.
      const last = open.at(-1)
      if (last !== undefined) yield* last.lines()
      const newer = await newerThan(directory, last)
      open.push(...newer)
      for (const tail of newer) yield* tail.lines()
      for (const { file } of open.slice(0, -1)) await file.close()
      open = open.slice(-1)
      if (follow) await sleep(followPauseMs, undefined, { signal })
    } while (follow && !signal.aborted)
  } catch (error) {
    if (!isAbort(error)) throw error
  } finally {
    for (const { file } of open) await file.close()
  }
}

/** The files that came after this one, the oldest first. All are opened at once, so that none is missed. */
async function newerThan(directory: string, known: Tail | undefined): Promise<Tail[]> {
  const newer: Tail[] = []
  const inodes = new Set<number>()
  const seen = await known?.file.stat()
  for (let number = 0; number < fileCount; number += 1) {
    const file = await openIfThere(pathOf(directory, number))
    if (file === undefined) continue
    const { ino } = await file.stat()
    // One that was renamed since we looked is met twice.
    if (ino !== seen?.ino && !inodes.has(ino)) newer.unshift(new Tail(file))
    else await file.close()
    if (ino === seen?.ino) break
    inodes.add(ino)
  }
  return newer
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | noFollow)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Whole lines of a file that grows. */
class Tail {
  readonly file: FileHandle
  #position = 0
  #begun: Buffer = Buffer.alloc(0)

  constructor(file: FileHandle) {
    this.file = file
  }

  async *lines(): AsyncGenerator<string> {
    for (;;) {
      const { bytesRead, buffer } = await this.file.read(Buffer.alloc(chunkBytes), 0, chunkBytes, this.#position)
      if (bytesRead === 0) return
      this.#position += bytesRead
      let rest = Buffer.concat([this.#begun, buffer.subarray(0, bytesRead)])
      for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
        yield rest.subarray(0, end).toString('utf8')
        rest = rest.subarray(end + 1)
      }
      this.#begun = rest
    }
  }
}
