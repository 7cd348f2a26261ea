import { allZero } from '../bytes.ts'
import { FormatError } from '../errors.ts'
import { maximumNiceness } from '../niceness.ts'
import { XdrReader, XdrWriter } from '../xdr.ts'
import { bytesOfMagic, checkMagic, plainMagic } from './magic.ts'
import { parseExecPath, parseNodePath, parsePacketPath, parseTextPath, pathBytesMax } from './path.ts'

/** Wire numbers as the binaries use them; the manual's list is numbered from 0 and thus one too low. */
const typeNumbers = { file: 1, freq: 2, exec: 3, trns: 4, 'exec-fat': 5, area: 6, ack: 7 } as const

/**
 * The kinds of plain packet (NNCP manual, "Plain packet"):
 *
 * - `file`: content is a file, path its name
 * - `freq`: a request for the file `path`; content is the name it shall have at the asker's
 * - `exec`, `exec-fat`: path is a handle and its arguments; content is the handle's input, in `exec` zstd-compressed
 *   (for empty input NNCP writes no zstd frame: the content is empty)
 * - `trns`: content is an encrypted packet for the node `path`
 * - `area`: content is an encrypted packet for the area `path`
 * - `ack`: the packet `path` has arrived; no content
 */
export type PlainType = keyof typeof typeNumbers

/**
 * What a plain packet says of itself. The header has a fixed size, so that it does not tell the length of names;
 * the content follows up to the end.
 */
export interface PlainHeader {
  readonly type: PlainType
  /** 0 to 255; what for depends on the type. NNCP writes 0 in `trns` and `area`. */
  readonly niceness: number
  /** At most 255 bytes, in the form its type asks for: `execPath`, `idPath` and `textPath` make them. */
  readonly path: Uint8Array
}

/** Magic 8, type 4, niceness 4, path length 4, path 255, and one byte of XDR filler. */
export const plainHeaderBytes = 276

/** 276 bytes. Throws FormatError `bad-niceness`, `bad-path` or `path-too-long`: what it makes, `decode` takes. */
export function encodePlainHeader(header: PlainHeader): Uint8Array {
  if (!isPlainNiceness(header.niceness)) throw new FormatError('bad-niceness', 'niceness is not 0 to 255')
  if (header.path.length > pathBytesMax) {
    throw new FormatError('path-too-long', `a path is longer than ${pathBytesMax} bytes`)
  }
  checkPath(header.type, header.path)
  const path = new Uint8Array(pathBytesMax)
  path.set(header.path)
  return new XdrWriter()
    .fixedOpaque(bytesOfMagic(plainMagic))
    .u32(typeNumbers[header.type])
    .u32(header.niceness)
    .u32(header.path.length)
    .fixedOpaque(path)
    .bytes()
}

/**
 * Reads the first 276 of `bytes`; the path is a copy. Throws FormatError `truncated`, `bad-magic`, `bad-version`,
 * `bad-type`, `bad-niceness`, `bad-path` (also for one that its type does not allow, or that is not followed by zeros),
 * `bad-xdr`. Afterwards the parser that belongs to the type (`parseExecPath` …) cannot fail.
 */
export function decodePlainHeader(bytes: Uint8Array): PlainHeader {
  const reader = new XdrReader(bytes)
  checkMagic(reader.fixedOpaque(8), plainMagic)
  const type = typeOfNumber(reader.u32())
  const niceness = reader.u32()
  if (!isPlainNiceness(niceness)) throw new FormatError('bad-niceness', 'niceness is not 0 to 255')
  const pathBytes = reader.u32()
  if (pathBytes > pathBytesMax) throw new FormatError('bad-path', `a path length above ${pathBytesMax}`)
  const field = reader.fixedOpaque(pathBytesMax)
  if (!allZero(field.subarray(pathBytes))) throw new FormatError('bad-path', 'a path is not followed by zeros')
  const path = Uint8Array.from(field.subarray(0, pathBytes))
  checkPath(type, path)
  return { type, niceness, path }
}

/** A whole plain packet as a stream, ready to be sealed: header, then content. Throws as `encodePlainHeader` does. */
export async function* plainPacket(
  header: PlainHeader,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array> = [],
): AsyncGenerator<Uint8Array, void, undefined> {
  yield encodePlainHeader(header)
  yield* content
}

function isPlainNiceness(niceness: number): boolean {
  return Number.isInteger(niceness) && niceness >= 0 && niceness <= maximumNiceness
}

function typeOfNumber(number: number): PlainType {
  for (const [type, wireNumber] of Object.entries(typeNumbers)) {
    if (number === wireNumber) return type as PlainType
  }
  throw new FormatError('bad-type', `packet type ${number} is unknown`)
}

function checkPath(type: PlainType, path: Uint8Array): void {
  switch (type) {
    case 'file':
    case 'freq':
      parseTextPath(path)
      return
    case 'exec':
    case 'exec-fat':
      parseExecPath(path)
      return
    case 'trns':
    case 'area':
      parseNodePath(path)
      return
    case 'ack':
      parsePacketPath(path)
      return
  }
}
