/**
 * BLAKE2b-256 (RFC 7693) of short messages, as WebAssembly that is put together here: OpenSSL has BLAKE2b with 64 bytes
 * only, and what JavaScript makes of 64-bit numbers is ten times slower. An eblob takes seven million hashes to open.
 *
 * One message is one block, so all twelve rounds are written out, without a loop. The message lies at 0 in the memory,
 * filled up with zeros; the hash comes at 128.
 */
const blockBytes = 128
const hashBytes = 32
const rounds = 12

/** RFC 7693 section 2.6. */
const initial = [
  0x6a09e667f3bcc908n,
  0xbb67ae8584caa73bn,
  0x3c6ef372fe94f82bn,
  0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n,
  0x9b05688c2b3e6c1fn,
  0x1f83d9abfb41bd6bn,
  0x5be0cd19137e2179n,
] as const

/** RFC 7693 section 2.7: a hexadecimal digit for each word of the message. */
const permutations = [
  '0123456789abcdef',
  'ea489fd61c02b753',
  'b8c052fdae367194',
  '7931dcbe265a40f8',
  '905724afe1bc683d',
  '2c6a0b834d75fe19',
  'c51fed4a0763928b',
  'db7ec13950f4862a',
  '6fe9b308c2d714a5',
  'a2847615fb9e3cd0',
]

/** RFC 7693 section 3.2: the words that each of the eight mixings of a round works on. */
const mixings = ['048c', '159d', '26ae', '37bf', '05af', '16bc', '278d', '349e']

export type Blake2b256 = (data: Uint8Array) => Uint8Array

/**
 * @param otherwise for messages of more than one block.
 * @returns `otherwise` itself where there is no WebAssembly.
 */
export function shortBlake2b256(otherwise: Blake2b256): Blake2b256 {
  const instance = instantiate()
  if (instance === undefined) return otherwise
  const { memory, compress } = instance.exports
  const bytes = new Uint8Array(memory.buffer)
  return data => {
    if (data.length > blockBytes) return otherwise(data)
    bytes.set(data)
    bytes.fill(0, data.length, blockBytes)
    compress(BigInt(data.length))
    return bytes.slice(blockBytes, blockBytes + hashBytes)
  }
}

function instantiate(): WebAssembly.Instance | undefined {
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()))
  } catch {
    return undefined
  }
}

/** One memory of one page, and a function of the message's length, without an answer; both are exported. */
function moduleBytes(): Uint8Array {
  const body = [1, 16, wasm.i64, ...compression(), wasm.end]
  return Uint8Array.of(
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, wasm.i64, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...text('memory'), 2, 0, ...text('compress'), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  )
}

const wasm = { i64: 0x7e, end: 0x0b, get: 0x20, set: 0x21, load: 0x29, store: 0x37, zero: [0x41, 0] } as const
const add = 0x7c
const xor = 0x85
const rotateRight = 0x8a

/** RFC 7693 section 3.2, for the last block, which is the only one, and no key. */
function compression(): number[] {
  // Section 2.5: the length of the hash stands in the first word.
  const start = initial.map((word, at) => (at === 0 ? word ^ 0x01010000n ^ BigInt(hashBytes) : word))
  const code: number[] = []
  for (const [at, word] of start.entries()) code.push(...constant(word), ...set(at))
  for (const [at, word] of initial.entries()) {
    code.push(...constant(at === 6 ? ~word : word), ...(at === 4 ? [wasm.get, 0, xor] : []), ...set(8 + at))
  }
  for (let round = 0; round < rounds; round += 1) {
    const order = Array.from(permutations[round % permutations.length] ?? '', hexadecimal)
    for (const [at, words] of mixings.entries()) {
      const [a = 0, b = 0, c = 0, d = 0] = Array.from(words, hexadecimal)
      code.push(...half([a, b, c, d], order[2 * at] ?? 0, [32n, 24n]))
      code.push(...half([a, b, c, d], order[2 * at + 1] ?? 0, [16n, 63n]))
    }
  }
  for (const [at, word] of start.slice(0, hashBytes / 8).entries()) {
    const value = [...constant(word), ...get(at), xor, ...get(8 + at), xor]
    code.push(...wasm.zero, ...value, wasm.store, 3, ...unsigned(blockBytes + 8 * at))
  }
  return code
}

type Words = readonly [a: number, b: number, c: number, d: number]

/** RFC 7693 section 3.1 mixes in one word of the message, then another: this is one of the two. */
function half([a, b, c, d]: Words, message: number, [first, second]: readonly [bigint, bigint]): number[] {
  const word = [...wasm.zero, wasm.load, 3, ...unsigned(message * 8)]
  const turned = (one: number, other: number, by: bigint) => [
    ...[...get(one), ...get(other), xor],
    ...[...constant(by), rotateRight, ...set(one)],
  ]
  return [
    ...[...get(a), ...get(b), add, ...word, add, ...set(a)],
    ...turned(d, a, first),
    ...[...get(c), ...get(d), add, ...set(c)],
    ...turned(b, c, second),
  ]
}

/** The length of the message is the first local; the sixteen words follow. */
function get(word: number): number[] {
  return [wasm.get, word + 1]
}

function set(word: number): number[] {
  return [wasm.set, word + 1]
}

function constant(value: bigint): number[] {
  const bytes = [0x42]
  for (let rest = BigInt.asIntN(64, value); ; ) {
    const low = Number(rest & 0x7fn)
    rest >>= 7n
    const last = (rest === 0n && low < 0x40) || (rest === -1n && low >= 0x40)
    bytes.push(last ? low : low | 0x80)
    if (last) return bytes
  }
}

function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content]
}

function text(name: string): number[] {
  return [name.length, ...Buffer.from(name, 'ascii')]
}

function hexadecimal(digit: string): number {
  return Number.parseInt(digit, 16)
}
