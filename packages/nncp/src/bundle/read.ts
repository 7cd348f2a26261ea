import { allZero } from '../bytes.ts'
import { FormatError } from '../errors.ts'
import { type NodeId, type PacketId, parseNodeId, parsePacketId } from '../ids.ts'
import { decodeUtf8 } from '../text.ts'
import { type Overrides, readRecords } from './extended.ts'
import { fillerBytesAfter, type Header, magicOffsetBytes, readHeader, recordBytes } from './header.ts'
import { type BundleLimits, bundleLimits, searchedAtOnceBytes } from './limits.ts'
import { Window } from './window.ts'

/** A packet in a bundle. All of it is claimed, nothing proven. */
export interface BundledPacket {
  readonly recipient: NodeId
  readonly sender: NodeId
  readonly id: PacketId
  readonly sizeBytes: number
  /**
   * Exactly `sizeBytes`, to be read once and before the next packet is asked for; what is not read is passed over.
   * Throws FormatError `truncated` where the stream ends early, RangeError when it is read too late.
   */
  readonly body: AsyncIterable<Uint8Array>
}

/**
 * The packets of one or more bundles, in their order; see the room's entry for the rule. Lets go of `source` when it is
 * left. Throws FormatError `truncated` or `bad-magic`; errors of `source` pass through.
 */
export async function* readBundle(
  source: AsyncIterable<Uint8Array>,
  limits: Partial<BundleLimits> = {},
): AsyncGenerator<BundledPacket, void> {
  const reader = new Reader(new Window(source), bundleLimits(limits))
  try {
    for (let packet = await reader.next(); packet !== undefined; packet = await reader.next()) yield packet
  } finally {
    await reader.close()
  }
}

interface Body {
  leftBytes: number
  readonly fillerBytes: number
}

class Reader {
  readonly #window: Window
  readonly #limits: BundleLimits
  /** Of the packet that was given out last. */
  #body: Body | undefined
  #headers = 0
  #garbage = false

  constructor(window: Window, limits: BundleLimits) {
    this.#window = window
    this.#limits = limits
  }

  async next(): Promise<BundledPacket | undefined> {
    await this.#passBody()
    let overrides: Overrides = {}
    for (;;) {
      const header = await this.#header()
      if (header === undefined) return this.#end()
      if (header.type === 'x' || header.type === 'L') {
        overrides = { ...overrides, ...(await this.#overrides(header)) }
        continue
      }
      const { path = header.path, sizeBytes = header.sizeBytes, sparse = false } = overrides
      overrides = {}
      // What follows is then no member, and is searched for one.
      if (sizeBytes > this.#limits.memberBytesMax) continue
      this.#body = { leftBytes: sizeBytes, fillerBytes: fillerBytesAfter(sizeBytes) }
      const address = header.type === '0' && !sparse ? addressIn(path) : undefined
      if (address !== undefined) return { ...address, sizeBytes, body: this.#read(this.#body) }
      await this.#passBody()
    }
  }

  close(): Promise<void> {
    return this.#window.close()
  }

  /** The next header, wherever it is, taken; `undefined` at the end. */
  async #header(): Promise<Header | undefined> {
    for (;;) {
      const bytes = await this.#window.look(recordBytes)
      if (bytes.length === 0) return undefined
      const record = bytes.subarray(0, recordBytes)
      const header = readHeader(record, this.#limits)
      if (header !== undefined) {
        this.#window.drop(recordBytes)
        this.#headers += 1
        return header
      }
      if (allZero(record)) {
        this.#window.drop(record.length)
      } else {
        this.#garbage = true
        await this.#search()
      }
    }
  }

  /** Drops everything before the next header, except where that is the very next byte. */
  async #search(): Promise<void> {
    for (;;) {
      const bytes = await this.#window.look(searchedAtOnceBytes)
      const found = headerIn(bytes, this.#limits)
      if (found !== undefined) return this.#window.drop(found)
      // The last bytes may be the beginning of a header, unless nothing follows.
      if (bytes.length < searchedAtOnceBytes) return this.#window.drop(bytes.length)
      this.#window.drop(bytes.length - recordBytes + 1)
    }
  }

  async #overrides({ type, sizeBytes }: Header): Promise<Overrides> {
    const wantedBytes = sizeBytes + fillerBytesAfter(sizeBytes)
    const held = await this.#window.look(wantedBytes)
    if (held.length < sizeBytes) throw truncated()
    const data = held.slice(0, sizeBytes)
    this.#window.drop(Math.min(wantedBytes, held.length))
    if (type === 'x') return readRecords(data)
    const path = decodeUtf8(data)?.replace(/\0+$/, '')
    return path === undefined ? {} : { path }
  }

  async *#read(body: Body): AsyncGenerator<Uint8Array> {
    while (body.leftBytes > 0) {
      if (this.#body !== body) throw new RangeError('the bundle was read on before this body')
      const piece = await this.#window.take(body.leftBytes)
      if (piece.length === 0) throw truncated()
      body.leftBytes -= piece.length
      yield piece
    }
  }

  async #passBody(): Promise<void> {
    const body = this.#body
    if (body === undefined) return
    this.#body = undefined
    if (!(await this.#window.skip(body.leftBytes))) throw truncated()
    // Nothing is lost with filler that was cut off.
    await this.#window.skip(body.fillerBytes)
  }

  #end(): undefined {
    if (this.#garbage && this.#headers === 0) throw new FormatError('bad-magic', 'there is no bundle in it')
  }
}

/** Where in `bytes`, at or behind the second byte, a whole header begins. */
function headerIn(bytes: Uint8Array, limits: BundleLimits): number | undefined {
  const letter = 'u'.charCodeAt(0)
  for (let at = bytes.indexOf(letter, magicOffsetBytes + 1); at >= 0; at = bytes.indexOf(letter, at + 1)) {
    const start = at - magicOffsetBytes
    if (readHeader(bytes.subarray(start, start + recordBytes), limits) !== undefined) return start
  }
  return undefined
}

function addressIn(path: string): Pick<BundledPacket, 'recipient' | 'sender' | 'id'> | undefined {
  const [top, first = '', second = '', third = '', ...more] = path.split('/', 5)
  const [recipient, sender, id] = [parseNodeId(first), parseNodeId(second), parsePacketId(third)]
  if (top !== 'NNCP' || more.length > 0) return undefined
  if (recipient === undefined || sender === undefined || id === undefined) return undefined
  return { recipient, sender, id }
}

function truncated(): FormatError {
  return new FormatError('truncated', 'the bundle ends in the middle of a packet')
}
