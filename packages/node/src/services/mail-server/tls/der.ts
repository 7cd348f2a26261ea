/** Writes ASN.1 in DER (ITU-T X.690): as much of it as a certificate takes. */

const universal = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
}

function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content])
}

/** X.690 §8.1.3. */
function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return Buffer.from([0x80 | bytes.length, ...bytes])
}

export function sequence(...contents: readonly Uint8Array[]): Buffer {
  return element(universal.sequence, ...contents)
}

export function set(...contents: readonly Uint8Array[]): Buffer {
  return element(universal.set, ...contents)
}

export function boolean(value: boolean): Buffer {
  return element(universal.boolean, Buffer.from([value ? 0xff : 0x00]))
}

/** @param magnitude big-endian; the number is positive whatever its first bit. */
export function unsigned(magnitude: Uint8Array): Buffer {
  let start = 0
  while (start < magnitude.length - 1 && magnitude[start] === 0) start += 1
  const digits = magnitude.subarray(start)
  return element(universal.integer, (digits[0] ?? 0) >= 0x80 ? Buffer.from([0]) : Buffer.alloc(0), digits)
}

export function bitString(bits: Uint8Array, unusedBits = 0): Buffer {
  return element(universal.bitString, Buffer.from([unusedBits]), bits)
}

export function octetString(bytes: Uint8Array): Buffer {
  return element(universal.octetString, bytes)
}

export function utf8String(text: string): Buffer {
  return element(universal.utf8String, Buffer.from(text, 'utf8'))
}

/** @param dotted as in `1.2.840.10045.4.3.2`. X.690 §8.19. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return element(universal.objectIdentifier, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(value: number): number[] {
  const digits = [value % 128]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift((rest % 128) | 0x80)
  return digits
}

/** UTCTime up to 2049, GeneralizedTime from then on (RFC 5280 §4.1.2.5). */
export function time(milliseconds: number): Buffer {
  const digits = new Date(milliseconds)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '')
  return Number(digits.slice(0, 4)) < 2050
    ? element(universal.utcTime, Buffer.from(digits.slice(2)))
    : element(universal.generalizedTime, Buffer.from(digits))
}

/** `[number]`, constructed: around other elements (explicit). */
export function explicit(number: number, ...contents: readonly Uint8Array[]): Buffer {
  return element(0xa0 | number, ...contents)
}

/** `[number]`, primitive: in place of a simple element's own tag (implicit). */
export function implicit(number: number, content: Uint8Array): Buffer {
  return element(0x80 | number, content)
}
