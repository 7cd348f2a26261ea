import { FormatError } from '../errors.ts'
import { bytesOfId, type NodeId, nodeIdFromBytes, type PacketId, packetIdFromBytes } from '../ids.ts'
import { decodeUtf8, encodeUtf8 } from '../text.ts'

/** The room for a path in a plain header, in bytes of UTF-8. */
export const pathBytesMax = 255

const idBytes = 32

/** What an `exec` or `exec-fat` packet asks for. Arguments are data: empty, dashed, anything but NUL. */
export interface ExecCall {
  readonly handle: string
  readonly args: readonly string[]
}

/**
 * The path of a `file` or `freq` packet. Throws FormatError `bad-path` for an empty name, NUL or half a surrogate pair,
 * `path-too-long` above 255 bytes.
 */
export function textPath(name: string): Uint8Array {
  const bytes = encodeUtf8(name)
  if (bytes === undefined || bytes.length === 0 || bytes.includes(0)) {
    throw new FormatError('bad-path', 'a name is empty, holds NUL or is not Unicode')
  }
  return checkLength(bytes)
}

/**
 * The name in a `file` or `freq` packet's path: a claim of the sender, which may hold `..`, `/` and anything else but
 * NUL. Throws FormatError `bad-path`.
 */
export function parseTextPath(path: Uint8Array): string {
  const name = decodeUtf8(path)
  if (name === undefined || name === '' || name.includes('\0')) {
    throw new FormatError('bad-path', 'a name is empty, holds NUL or is not UTF-8')
  }
  return name
}

/**
 * The path of an `exec` or `exec-fat` packet: handle and arguments with a NUL between them (none behind the last).
 * Throws FormatError `bad-path` for an empty handle, NUL or half a surrogate pair, `path-too-long` above 255 bytes.
 */
export function execPath(handle: string, args: readonly string[]): Uint8Array {
  const words = [handle, ...args]
  const bytes = encodeUtf8(words.join('\0'))
  if (bytes === undefined || handle === '' || words.some(word => word.includes('\0'))) {
    throw new FormatError('bad-path', 'a handle is empty, or a handle or argument holds NUL or is not Unicode')
  }
  return checkLength(bytes)
}

/** Whether handle and arguments have room in one packet: 255 bytes with the NULs between them. */
export function execPathFits(handle: string, args: readonly string[]): boolean {
  const text = [handle, ...args].join('\0')
  return text.length <= pathBytesMax && new TextEncoder().encode(text).length <= pathBytesMax
}

/** Handle and arguments of an `exec` or `exec-fat` packet's path. Throws FormatError `bad-path`. */
export function parseExecPath(path: Uint8Array): ExecCall {
  const [handle = '', ...args] = decodeUtf8(path)?.split('\0') ?? []
  if (handle === '') throw new FormatError('bad-path', 'a handle is empty or the path is not UTF-8')
  return { handle, args }
}

/** The path of a `trns` (next node), `area` (area) or `ack` (packet) packet: the id's 32 bytes. */
export function idPath(id: NodeId | PacketId): Uint8Array {
  return bytesOfId(id)
}

/** The node of a `trns` packet or the area of an `area` packet. Throws FormatError `bad-path`. */
export function parseNodePath(path: Uint8Array): NodeId {
  return nodeIdFromBytes(checkIdLength(path))
}

/** The acknowledged packet of an `ack` packet. Throws FormatError `bad-path`. */
export function parsePacketPath(path: Uint8Array): PacketId {
  return packetIdFromBytes(checkIdLength(path))
}

function checkLength(bytes: Uint8Array): Uint8Array {
  if (bytes.length > pathBytesMax) throw new FormatError('path-too-long', `a path is longer than ${pathBytesMax} bytes`)
  return bytes
}

function checkIdLength(path: Uint8Array): Uint8Array {
  if (path.length !== idBytes) throw new FormatError('bad-path', `a path is not an id of ${idBytes} bytes`)
  return path
}
