import { expect, test } from 'vitest'
import { readAhead } from './read-ahead.ts'
import { WriteBehind } from './write-behind.ts'

const blockBytes = 512 * 1024
const counted = (sizeBytes: number) => Buffer.from(Uint8Array.from({ length: sizeBytes }, (_, index) => index % 251))

/** A file in memory whose reads end when they are told to. */
function fileOf(bytes: Buffer, pause: () => Promise<void> = async () => {}) {
  const file = { position: 0, reads: 0, underWay: 0 }
  const read = async (buffer: Uint8Array) => {
    file.reads += 1
    file.underWay += 1
    await pause()
    const piece = bytes.subarray(file.position, file.position + buffer.length)
    buffer.set(piece)
    file.position += piece.length
    file.underWay -= 1
    return piece.length
  }
  return { file, read }
}

test.each([0, 1, 65_536, 65_537, 3 * blockBytes, 3 * blockBytes + 7])(
  '%i bytes are written as they came',
  async size => {
    const bytes = counted(size)
    const blocks: Buffer[] = []
    const behind = new WriteBehind(async block => void blocks.push(Buffer.from(block)))
    const buffer = Buffer.alloc(100_000)
    for (let start = 0; start < size; start += buffer.length) {
      // The same buffer again and again: what is taken is a copy.
      const taken = bytes.copy(buffer, 0, start)
      await behind.add(buffer.subarray(0, taken))
    }
    await behind.flush()
    expect(Buffer.concat(blocks).equals(bytes)).toBe(true)
    expect(blocks.length).toBeLessThanOrEqual(Math.ceil(size / blockBytes) + 1)
  },
)

test('one block is written while the next is filled, and no third', async () => {
  const writes: (() => void)[] = []
  const behind = new WriteBehind(() => new Promise(resolve => writes.push(resolve)))
  const block = counted(blockBytes)
  await behind.add(block)
  expect(writes.length).toBe(1)
  const second = behind.add(block)
  await new Promise(resolve => setImmediate(resolve))
  expect(writes.length).toBe(1)
  writes[0]?.()
  await second
  expect(writes.length).toBe(2)
  const flushed = behind.flush()
  writes[1]?.()
  await flushed
})

test('a write that failed is told to whoever comes next, and again at the end', async () => {
  const behind = new WriteBehind(() => Promise.reject(new Error('the disk is full')))
  await behind.add(counted(blockBytes))
  await expect(behind.add(counted(blockBytes))).rejects.toThrow('the disk is full')
  await expect(behind.flush()).rejects.toThrow('the disk is full')
})

test.each([0, 1, 70_000, 2 * blockBytes + 9])('%i bytes are read in chunks that may be kept', async size => {
  const bytes = counted(size)
  const chunks: Uint8Array[] = []
  const options = { read: fileOf(bytes).read, sizeBytes: Number.POSITIVE_INFINITY, chunkBytesMax: 50_000 }
  for await (const chunk of readAhead(options)) chunks.push(chunk)
  expect(Buffer.concat(chunks).equals(bytes)).toBe(true)
  expect(Math.max(0, ...chunks.map(chunk => chunk.length))).toBeLessThanOrEqual(50_000)
})

test.each([1, 70_000, 5 * blockBytes + 9])('%i bytes are lent whole, out of two blocks of memory', async size => {
  const bytes = counted(size)
  const copies: Uint8Array[] = []
  const memory = new Set<ArrayBufferLike>()
  const options = { read: fileOf(bytes, () => new Promise(setImmediate)).read, sizeBytes: size, chunkBytesMax: 50_000 }
  for await (const chunk of readAhead({ ...options, lent: true })) {
    // Whatever is being read meanwhile, it is not read over the chunk that was lent.
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    copies.push(Uint8Array.from(chunk))
    if (chunk.buffer.byteLength >= blockBytes) memory.add(chunk.buffer)
  }
  expect(Buffer.concat(copies).equals(bytes)).toBe(true)
  expect(memory.size).toBe(size > blockBytes ? 2 : 0)
})

test('chunks that are not lent stay as they are', async () => {
  const bytes = counted(5 * blockBytes)
  const chunks: Uint8Array[] = []
  const options = { read: fileOf(bytes).read, sizeBytes: bytes.length, chunkBytesMax: 128 * 1024 }
  for await (const chunk of readAhead(options)) chunks.push(chunk)
  expect(Buffer.concat(chunks).equals(bytes)).toBe(true)
})

test('no more is read than was asked for, and one block ahead', async () => {
  const { file, read } = fileOf(counted(4 * blockBytes))
  const chunks = readAhead({ read, sizeBytes: 2 * blockBytes, chunkBytesMax: 64 * 1024 })
  await chunks.next()
  expect(file.reads).toBe(2)
  for await (const _ of chunks);
  expect(file.position).toBe(2 * blockBytes)
})

test('a reader that gives up leaves no read under way; one that fails is heard of in its turn', async () => {
  const { file, read } = fileOf(counted(4 * blockBytes), () => new Promise(resolve => setImmediate(resolve)))
  const chunks = readAhead({ read, sizeBytes: 4 * blockBytes, chunkBytesMax: 64 * 1024 })
  await chunks.next()
  await chunks.return(undefined)
  expect(file.underWay).toBe(0)
  let reads = 0
  const failing = async () => {
    reads += 1
    if (reads === 2) throw new Error('unreadable')
    return 10
  }
  const seen: number[] = []
  const all = async () => {
    for await (const { length } of readAhead({ read: failing, sizeBytes: 1000, chunkBytesMax: 100 })) seen.push(length)
  }
  await expect(all()).rejects.toThrow('unreadable')
  expect(seen).toEqual([10])
})
