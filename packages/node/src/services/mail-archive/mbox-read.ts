/**
 * Reading an mbox, whoever wrote it, in flat memory: lines may have any length and either end.
 *
 * A letter begins with a `From ` line that has a time in it and stands at the start or after a blank line; lengths that
 * a header claims are not believed. `>From `, with one `>` or more, loses one: right for mboxrd, and for what mboxo
 * quoted. The blank line before the next letter, or at the end, belongs to neither.
 */
import { dateOfFromLine, isFromLine } from './from-line.ts'
import { archiveLimits } from './limits.ts'

const [lineFeed, carriageReturn, quote] = [10, 13, 62] as const
const from = Buffer.from('From ')

type Piece = { readonly kind: 'begin'; readonly line: string; readonly atBytes: number } | Bytes

interface Bytes {
  readonly kind: 'bytes'
  readonly bytes: Uint8Array
}

export interface MboxLetter {
  /** From 1. */
  readonly number: number
  /** Where its `From ` line begins. */
  readonly atBytes: number
  readonly dateMs: number | null
  /** Read to its end, or given up, before the next letter is asked for. */
  readonly bytes: AsyncIterable<Uint8Array>
}

/** What stands before the first letter is no letter, and passed over. */
export async function* mboxLetters(source: AsyncIterable<Uint8Array>): AsyncGenerator<MboxLetter> {
  const pieces = new Splitter().pieces(source)
  let number = 0
  let next = await pieces.next()
  while (next.done !== true) {
    const piece = next.value
    if (piece.kind === 'bytes') {
      next = await pieces.next()
      continue
    }
    number += 1
    let following: IteratorResult<Piece, void> | undefined
    const bytes = (async function* () {
      for (;;) {
        following = await pieces.next()
        if (following.done === true || following.value.kind === 'begin') return
        yield following.value.bytes
      }
    })()
    yield { number, atBytes: piece.atBytes, dateMs: dateOfFromLine(piece.line), bytes }
    // What was not read of it.
    for await (const _ of bytes);
    next = following ?? (await pieces.next())
    while (next.done !== true && next.value.kind === 'bytes') next = await pieces.next()
  }
}

/** Cuts the stream where letters begin, and takes away what quotes and separates. */
class Splitter {
  #data: Buffer = Buffer.alloc(0)
  #at = 0
  /** Where in the stream `#data` begins. */
  #offset = 0
  /** A `>` run from the start of the line has begun before `#data`. */
  #inRun = false
  #lineStart = true
  #afterBlank = true
  /** A blank line that is told of when the next line is not one between letters. */
  #blank: Buffer | undefined
  #pieces: Piece[] = []
  #kept = 0

  async *pieces(source: AsyncIterable<Uint8Array>): AsyncGenerator<Piece, void> {
    for await (const chunk of source) {
      this.#take(chunk)
      while (this.#step(false));
      yield* this.#told()
    }
    this.#take(new Uint8Array())
    while (this.#step(true));
    yield* this.#told()
  }

  #take(chunk: Uint8Array): void {
    const rest = this.#data.subarray(this.#at)
    this.#offset += this.#at
    this.#data = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk])
    this.#at = 0
    this.#kept = 0
  }

  #told(): Piece[] {
    this.#keepUpTo(this.#at)
    const pieces = this.#pieces
    this.#pieces = []
    return pieces
  }

  /** Tells of what was passed and not told of yet. */
  #keepUpTo(end: number): void {
    if (end > this.#kept) this.#pieces.push({ kind: 'bytes', bytes: this.#data.subarray(this.#kept, end) })
    this.#kept = end
  }

  /** Goes on by a line, or a part of one; false when more bytes are needed, or all are done. */
  #step(final: boolean): boolean {
    if (this.#at >= this.#data.length) return false
    if (!this.#lineStart) return this.#passLine()
    const first = this.#data[this.#at]
    if (first === quote || this.#inRun) return this.#passQuotes(final)
    const line = this.#data.subarray(this.#at, this.#at + from.length)
    if (line.equals(from.subarray(0, line.length))) {
      if (line.length < from.length && !final) return false
      if (line.length === from.length && this.#afterBlank) {
        const begun = this.#begin(final)
        if (begun !== 'text') return begun === 'begun'
      }
    }
    const blankBytes =
      first === lineFeed ? 1 : first === carriageReturn && this.#data[this.#at + 1] === lineFeed ? 2 : 0
    if (blankBytes > 0) return this.#passBlank(blankBytes)
    if (first === carriageReturn && this.#at + 1 >= this.#data.length && !final) return false
    return this.#text()
  }

  /** The line is one of the letter. */
  #text(): boolean {
    this.#tellBlank()
    this.#lineStart = false
    this.#afterBlank = false
    return true
  }

  #tellBlank(): void {
    if (this.#blank === undefined) return
    this.#pieces.push({ kind: 'bytes', bytes: this.#blank })
    this.#blank = undefined
  }

  #passLine(): boolean {
    const end = this.#data.indexOf(lineFeed, this.#at)
    this.#lineStart = end !== -1
    this.#at = end === -1 ? this.#data.length : end + 1
    return true
  }

  #passBlank(sizeBytes: number): boolean {
    this.#keepUpTo(this.#at)
    this.#tellBlank()
    this.#blank = Buffer.from(this.#data.subarray(this.#at, this.#at + sizeBytes))
    this.#at += sizeBytes
    this.#kept = this.#at
    this.#afterBlank = true
    return true
  }

  /** A run of `>`: one of them, the last, waits until it is known what follows. */
  #passQuotes(final: boolean): boolean {
    let end = this.#at
    while (this.#data[end] === quote) end += 1
    const behind = this.#data.subarray(end, end + from.length)
    const open = behind.length < from.length && behind.equals(from.subarray(0, behind.length))
    this.#tellBlank()
    this.#afterBlank = false
    if (open && !final) {
      this.#at = end - 1
      this.#inRun = true
      return false
    }
    this.#inRun = false
    if (behind.equals(from)) {
      this.#keepUpTo(end - 1)
      this.#kept = end
    }
    this.#at = end
    this.#lineStart = false
    return true
  }

  #begin(final: boolean): 'begun' | 'text' | 'unknown' {
    const end = this.#data.indexOf(lineFeed, this.#at)
    const sizeBytes = (end === -1 ? this.#data.length : end) - this.#at
    if (sizeBytes > archiveLimits.separatorBytesMax) return 'text'
    if (end === -1 && !final) return 'unknown'
    const line = this.#data.toString('latin1', this.#at, this.#at + sizeBytes)
    if (!isFromLine(line)) return 'text'
    this.#keepUpTo(this.#at)
    this.#blank = undefined
    this.#pieces.push({ kind: 'begin', line, atBytes: this.#offset + this.#at })
    this.#at += sizeBytes + (end === -1 ? 0 : 1)
    this.#kept = this.#at
    this.#afterBlank = false
    return 'begun'
  }
}
