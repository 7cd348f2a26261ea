import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { zstdCompress, zstdDecompress } from './zstd.ts'
import { checkedFrames } from './zstd-frames.ts'

const mebibyte = 1024 * 1024
const limits = { outputBytesMax: 64 * mebibyte, ratioMax: 1_000_000 }
const cliMissing = spawnSync('zstd', ['--version']).error !== undefined

async function* chunks(...parts: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts
}

async function* cutInto(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  return Buffer.concat(parts)
}

const compress = (bytes: Uint8Array) => collect(zstdCompress(chunks(bytes)))
const decompress = (bytes: Uint8Array) => collect(zstdDecompress(chunks(bytes), limits))

/** One frame with a window of `windowLog`, of RLE blocks that each become 128 KiB from 4 bytes. */
async function* rleBomb(blocks: number, descriptor = 0x38): AsyncGenerator<Buffer> {
  yield Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, descriptor])
  const block = Buffer.alloc(4)
  block.writeUIntLE(((128 * 1024) << 3) | (1 << 1), 0, 3)
  const many = Buffer.concat(Array.from({ length: 256 }, () => block))
  for (let left = blocks; left > 0; left -= 256) yield many
  yield Buffer.from([0x01, 0x00, 0x00])
}

describe('zstd', () => {
  it('gives back what it was given, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 5000 }),
        fc.integer({ min: 1, max: 700 }),
        fc.integer({ min: 1, max: 300 }),
        async (bytes, cutIn, cutOut) => {
          const packed = await collect(zstdCompress(cutInto(bytes, cutIn)))
          const back = await collect(zstdDecompress(cutInto(packed, cutOut), limits))
          expect(back.equals(bytes)).toBe(true)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('carries several megabytes, compressible or not', async () => {
    const noise = randomBytes(3 * mebibyte)
    expect((await decompress(await compress(noise))).equals(noise)).toBe(true)
    const text = Buffer.from('all work and no play '.repeat(200_000))
    const packed = await compress(text)
    expect(packed.length).toBeLessThan(text.length / 100)
    expect((await decompress(packed)).equals(text)).toBe(true)
  })

  it('takes nothing for nothing, and an empty frame for nothing', async () => {
    expect((await collect(zstdDecompress(chunks(), limits))).length).toBe(0)
    expect((await decompress(await compress(Buffer.alloc(0)))).length).toBe(0)
  })

  it('reads several frames in a row, and passes over skippable ones', async () => {
    const skippable = Buffer.concat([Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0]), Buffer.from('abc')])
    const one = await compress(Buffer.from('one '))
    const two = await compress(Buffer.from('two'))
    const all = Buffer.concat([one, skippable, two, skippable])
    expect((await decompress(all)).toString()).toBe('one two')
    expect((await collect(zstdDecompress(cutInto(all, 1), limits))).toString()).toBe('one two')
  })

  it('refuses a stream cut at any byte', async () => {
    const packed = await compress(Buffer.from('a letter that must arrive whole'))
    for (let length = 1; length < packed.length; length++) {
      await expect(decompress(packed.subarray(0, length))).rejects.toMatchObject({
        code: 'zstd-truncated',
        retry: 'never',
      })
    }
  })

  it('makes the same of what is given whole and of what is a stream', async () => {
    for (const sizeBytes of [1, 1024, 64 * 1024 - 1, 64 * 1024, 64 * 1024 + 1, 300_000]) {
      const bytes = Buffer.concat([randomBytes(Math.floor(sizeBytes / 2)), Buffer.alloc(Math.ceil(sizeBytes / 2))])
      const packed = await collect(zstdCompress(cutInto(bytes, 1000)))
      // One frame alone is decompressed at once, one of two as a stream.
      expect((await decompress(packed)).equals(bytes)).toBe(true)
      expect((await decompress(Buffer.concat([packed, packed]))).equals(Buffer.concat([bytes, bytes]))).toBe(true)
    }
  })

  it('copies what it keeps: a producer may use its buffer again', async () => {
    const reused = Buffer.alloc(3)
    const source = async function* () {
      for (const text of ['one', 'two', 'six']) {
        reused.write(text)
        yield reused
      }
    }
    expect((await decompress(await collect(zstdCompress(source())))).toString()).toBe('onetwosix')
  })

  it('makes no room for what a frame declares and cannot contain', async () => {
    // Single segment, content size in 4 bytes: 8 MiB, in one raw block of one byte.
    const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0, 0x09, 0, 0, 0x41])
    frame.writeUInt32LE(8 * mebibyte, 5)
    await expect(decompress(frame)).rejects.toMatchObject({ code: 'zstd-corrupt', retry: 'never' })
    await expect(collect(checkedFrames(chunks(frame), limits))).rejects.toMatchObject({ code: 'zstd-corrupt' })
    frame.writeUInt32LE(1, 5)
    expect((await decompress(frame)).toString()).toBe('A')
  })

  it('refuses rubbish, also behind a good frame', async () => {
    await expect(decompress(Buffer.from('From: me\r\n'))).rejects.toMatchObject({
      code: 'zstd-corrupt',
      retry: 'never',
    })
    const packed = await compress(Buffer.from('good'))
    await expect(decompress(Buffer.concat([packed, Buffer.from('xxxxxxxx')]))).rejects.toMatchObject({
      code: 'zstd-corrupt',
    })
  })

  it('answers any changed bytes with a result or a clean error', async () => {
    const packed = await compress(Buffer.from('The quick brown fox jumps over the lazy dog. '.repeat(40)))
    await fc.assert(
      fc.asyncProperty(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(packed)
        changed[at] = (changed[at] ?? 0) ^ change
        await decompress(changed).catch((error: unknown) => expect(error).toMatchObject({ retry: 'never' }))
      }),
      { numRuns: 200 },
    )
  })

  it('stops a bomb of 1 GiB at the limit, with flat memory', async () => {
    const before = process.memoryUsage().rss
    let yielded = 0
    let rssMax = 0
    const run = async () => {
      for await (const chunk of zstdDecompress(rleBomb(8192), limits)) {
        yielded += chunk.length
        rssMax = Math.max(rssMax, process.memoryUsage().rss)
      }
    }
    await expect(run()).rejects.toMatchObject({ code: 'zstd-bomb', retry: 'never' })
    expect(yielded).toBeLessThanOrEqual(limits.outputBytesMax)
    expect(rssMax - before).toBeLessThan(100 * mebibyte)
  })

  it('stops a bomb by its ratio, but lets small things be as small as they can', async () => {
    const zeros = await compress(Buffer.alloc(512 * 1024))
    const strict = { outputBytesMax: 64 * mebibyte, ratioMax: 100 }
    expect((await collect(zstdDecompress(chunks(zeros), strict))).length).toBe(512 * 1024)
    await expect(collect(zstdDecompress(rleBomb(64), strict))).rejects.toMatchObject({ code: 'zstd-bomb' })
  })

  it('refuses a frame that declares too much, before unpacking any of it', async () => {
    const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xc0, 0x38, 0, 0, 0, 0, 0xff, 0, 0, 0])
    await expect(decompress(header)).rejects.toMatchObject({ code: 'zstd-bomb' })
  })

  it('refuses huge windows and dictionaries', async () => {
    await expect(collect(zstdDecompress(rleBomb(1, 0x69), limits))).rejects.toMatchObject({ code: 'zstd-window' })
    const single = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0x01, 0x00, 0x80, 0x00])
    await expect(decompress(single)).rejects.toMatchObject({ code: 'zstd-window' })
    const dictionary = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x01, 0x38, 0x07, 0x01, 0x00, 0x00])
    await expect(decompress(dictionary)).rejects.toMatchObject({ code: 'zstd-corrupt' })
  })

  it('hands on pieces that can become little each', async () => {
    for await (const piece of checkedFrames(rleBomb(4096), { outputBytesMax: limits.outputBytesMax })) {
      expect(piece.length).toBeLessThanOrEqual(32)
    }
  })

  it('lets the errors of its source through, and closes it when the reader stops', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from([0x28, 0xb5])
      throw new Error('the disk is gone')
    }
    await expect(collect(zstdDecompress(broken(), limits))).rejects.toThrow('the disk is gone')
    await expect(collect(zstdCompress(broken()))).rejects.toThrow('the disk is gone')
    let closed = false
    async function* watched(): AsyncGenerator<Uint8Array> {
      try {
        yield* rleBomb(4096)
      } finally {
        closed = true
      }
    }
    for await (const chunk of zstdDecompress(watched(), limits)) if (chunk.length > 0) break
    expect(closed).toBe(true)
  })

  it.skipIf(cliMissing)('understands and is understood by the zstd command', async () => {
    const text = Buffer.from('a line of text\n'.repeat(100_000))
    const theirs = spawnSync('zstd', ['-c', '-19', '-'], { input: text, maxBuffer: 8 * mebibyte }).stdout
    expect((await decompress(theirs)).equals(text)).toBe(true)
    const ours = await compress(text)
    const back = spawnSync('zstd', ['-dc', '-'], { input: ours, maxBuffer: 8 * mebibyte }).stdout
    expect(back.equals(text)).toBe(true)
  })
})
