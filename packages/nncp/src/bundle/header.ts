/** Headers of tar members: POSIX.1-2001 pax (ustar with extended headers), and what GNU tar makes of long names. */
import type { BundleLimits } from './limits.ts'

export const recordBytes = 512

/** Where the fields lie: offset and length, in bytes. */
const fields = {
  name: [0, 100],
  mode: [100, 8],
  owner: [108, 8],
  group: [116, 8],
  size: [124, 12],
  time: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  magic: [257, 8],
  deviceMajor: [329, 8],
  deviceMinor: [337, 8],
  prefix: [345, 155],
} as const

/** `ustar` stands here in every header. */
export const magicOffsetBytes = fields.magic[0]
export const nameBytesMax = fields.name[1]

type Field = keyof typeof fields

export interface Header {
  /** One character: `0` regular, `5` directory, `x` extended header, and so on. */
  readonly type: string
  /** Each byte one character: only names in plain letters are of use here. */
  readonly path: string
  readonly sizeBytes: number
}

/** Members that have no data, whatever their size says: links, devices, directories, FIFOs. */
const withoutData = new Set(['1', '2', '3', '4', '5', '6'])
/** Headers whose data say something about the next member. */
const extending = new Set(['x', 'L'])

/** The header in the first 512 of `bytes`, or `undefined` when there is none, or none that can be believed. */
export function readHeader(bytes: Uint8Array, limits: BundleLimits): Header | undefined {
  if (bytes.length < recordBytes) return undefined
  const magic = textIn(bytes, 'magic')
  if (magic !== 'ustar\x0000' && magic !== 'ustar  \0') return undefined
  const checksum = octal(textIn(bytes, 'checksum'))
  const sizeBytes = sizeIn(bytes)
  if (checksum === undefined || sizeBytes === undefined || checksum !== checksumOf(bytes)) return undefined
  const type = textIn(bytes, 'type') === '\0' ? '0' : textIn(bytes, 'type')
  if (withoutData.has(type)) return { type, path: '', sizeBytes: 0 }
  if (sizeBytes > (extending.has(type) ? limits.extendedHeaderBytesMax : limits.memberBytesMax)) return undefined
  const name = beforeNul(textIn(bytes, 'name'))
  const prefix = magic.endsWith('0') ? beforeNul(textIn(bytes, 'prefix')) : ''
  return { type, path: prefix === '' ? name : `${prefix}/${name}`, sizeBytes }
}

export interface NewHeader {
  readonly type: '0' | '5' | 'x'
  readonly name: string
  readonly prefix?: string
  readonly mode: number
  readonly sizeBytes: number
  /** Since 1970; none in bundles. */
  readonly modifiedAtSeconds?: number
}

/** 512 bytes, as NNCP's own: no owner. */
export function encodeHeader(header: NewHeader): Uint8Array {
  const { type, name, prefix = '', mode, sizeBytes, modifiedAtSeconds = 0 } = header
  const bytes = new Uint8Array(recordBytes)
  const put = (field: Field, text: string) => {
    const [offset, length] = fields[field]
    if (text.length > length) throw new RangeError(`${field} has no room for its text`)
    for (let at = 0; at < text.length; at += 1) bytes[offset + at] = text.charCodeAt(at)
  }
  const number = (field: Field, value: number) => put(field, value.toString(8).padStart(fields[field][1] - 1, '0'))
  put('name', name)
  for (const [field, value] of [
    ['mode', mode],
    ['owner', 0],
    ['group', 0],
    ['size', sizeBytes],
    ['time', modifiedAtSeconds],
  ] as const) {
    number(field, value)
  }
  put('type', type)
  put('magic', 'ustar\x0000')
  if (type !== 'x') for (const field of ['deviceMajor', 'deviceMinor'] as const) number(field, 0)
  put('prefix', prefix)
  put('checksum', `${checksumOf(bytes).toString(8).padStart(6, '0')}\0 `)
  return bytes
}

/** How many bytes of filler follow data of this size. */
export function fillerBytesAfter(sizeBytes: number): number {
  return (recordBytes - (sizeBytes % recordBytes)) % recordBytes
}

/** The sum of all bytes, those of the checksum counted as spaces. */
function checksumOf(bytes: Uint8Array): number {
  const [offset, length] = fields.checksum
  let sum = length * 0x20
  for (let at = 0; at < recordBytes; at += 1) {
    if (at < offset || at >= offset + length) sum += bytes[at] ?? 0
  }
  return sum
}

function textIn(bytes: Uint8Array, field: Field): string {
  const [offset, length] = fields[field]
  return String.fromCharCode(...bytes.subarray(offset, offset + length))
}

function beforeNul(text: string): string {
  return text.split('\0', 1)[0] ?? ''
}

function octal(text: string): number | undefined {
  // NUL or spaces end a number.
  const digits = /^ *([0-7]+)[\0 ]*$/.exec(text)?.[1]
  return digits === undefined ? undefined : Number.parseInt(digits, 8)
}

/** Octal or, with the first bit set, GNU's base-256; `undefined` below zero and beyond what a number holds exactly. */
function sizeIn(bytes: Uint8Array): number | undefined {
  const [offset, length] = fields.size
  const first = bytes[offset] ?? 0
  if (first < 0x80) return octal(textIn(bytes, 'size'))
  let size = first & 0x7f
  for (const byte of bytes.subarray(offset + 1, offset + length)) {
    size = size * 256 + byte
    if (!Number.isSafeInteger(size)) return undefined
  }
  return size
}
