/** Archives as `archiveHeaders` makes them, read by the letter: what it would not write is refused. */

import { readRecords } from '../bundle/extended.ts'
import { fillerBytesAfter, type Header, readHeader, recordBytes } from '../bundle/header.ts'
import { bundleLimits } from '../bundle/limits.ts'
import { Window } from '../bundle/window.ts'
import { allZero } from '../bytes.ts'
import { FormatError } from '../errors.ts'

/** A regular file of an archive. All of it is claimed, nothing proven. */
export interface ArchivedFile {
  /** As it stands there: may be absolute, or lead elsewhere. */
  readonly path: string
  readonly sizeBytes: number
  readonly modifiedAtMs: number
  /** Exactly `sizeBytes`, to be read to its end before the next file is asked for. */
  readonly body: AsyncIterable<Uint8Array>
}

/**
 * The files of an archive, in their order. Lets go of `source` when it is left; errors of `source` pass. Throws
 * FormatError: `truncated` where it ends early, `trailing-bytes` behind its end, `bad-type` for links, devices, sparse
 * files and whatever else is no regular file, `bad-magic` for a header that is none, `bad-path`, `too-large`.
 */
export async function* readArchive(source: AsyncIterable<Uint8Array>): AsyncGenerator<ArchivedFile, void> {
  const window = new Window(source)
  try {
    for (let file = await nextFile(window); file !== undefined; file = await nextFile(window)) {
      const body = new Body(window, file.sizeBytes)
      yield { ...file, body: body.read() }
      if (body.leftBytes > 0) throw new RangeError('a file of an archive was not read to its end')
      await passFiller(window, file.sizeBytes)
    }
    await expectEnd(window)
  } finally {
    await window.close()
  }
}

/** Names, sizes and times are all that a header may bring. */
const headerLimits = bundleLimits({ memberBytesMax: Number.MAX_SAFE_INTEGER })

async function nextFile(window: Window): Promise<Omit<ArchivedFile, 'body'> | undefined> {
  const first = await header(window)
  if (first === undefined) return undefined
  if (first.type !== 'x') throw new FormatError('bad-type', 'a member of the archive has not what stands before each')
  const { sizeBytes: recordsBytes } = first
  const records = readRecords((await window.look(recordsBytes)).slice(0, recordsBytes))
  if (!(await window.skip(recordsBytes))) throw truncated()
  await passFiller(window, recordsBytes)
  const second = await header(window)
  if (second === undefined) throw truncated()
  const { path = second.path, sizeBytes = second.sizeBytes, modifiedAtMs = 0, sparse = false } = records
  if (second.type !== '0' || sparse) throw new FormatError('bad-type', 'a member of the archive is no regular file')
  if (path === '' || path.includes('\0')) throw new FormatError('bad-path', 'a member of the archive has no name')
  if (!Number.isSafeInteger(sizeBytes)) throw new FormatError('too-large', 'a member of the archive has no size')
  return { path, sizeBytes, modifiedAtMs }
}

/** Undefined at the mark of the end. */
async function header(window: Window): Promise<Header | undefined> {
  const record = (await window.look(recordBytes)).slice(0, recordBytes)
  if (record.length < recordBytes) throw truncated()
  window.drop(recordBytes)
  if (allZero(record)) return undefined
  const found = readHeader(record, headerLimits)
  if (found === undefined) throw new FormatError('bad-magic', 'a header of the archive is none')
  return found
}

class Body {
  readonly #window: Window
  leftBytes: number

  constructor(window: Window, sizeBytes: number) {
    this.#window = window
    this.leftBytes = sizeBytes
  }

  async *read(): AsyncGenerator<Uint8Array> {
    while (this.leftBytes > 0) {
      const piece = await this.#window.take(this.leftBytes)
      if (piece.length === 0) throw truncated()
      this.leftBytes -= piece.length
      yield piece
    }
  }
}

async function passFiller(window: Window, sizeBytes: number): Promise<void> {
  const fillerBytes = fillerBytesAfter(sizeBytes)
  const filler = (await window.look(fillerBytes)).slice(0, fillerBytes)
  if (filler.length < fillerBytes) throw truncated()
  if (!allZero(filler)) throw new FormatError('bad-padding', 'the filler behind a member of the archive is none')
  window.drop(fillerBytes)
}

/** One record of zeros has come; another one, and nothing more, is to follow. */
async function expectEnd(window: Window): Promise<void> {
  const rest = (await window.look(recordBytes + 1)).slice()
  if (rest.length < recordBytes) throw truncated()
  if (rest.length > recordBytes || !allZero(rest)) {
    throw new FormatError('trailing-bytes', 'something stands behind the end of the archive')
  }
}

function truncated(): FormatError {
  return new FormatError('truncated', 'the archive ends in the middle')
}
