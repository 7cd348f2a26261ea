import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FormatError } from '../errors.ts'
import { mthHasher } from '../mth.ts'
import { pureSuite } from '../pure.ts'
import { content, refusal } from '../testkit.ts'
import { XdrWriter } from '../xdr.ts'
import { chunkLimits } from './limits.ts'
import { chunkCount, chunkSizeBytes, decodeChunkedMeta, encodeChunkedMeta } from './meta.ts'
import { chunkName, metaName, parseChunkedName } from './names.ts'

const { files }: { files: { sizeBytes: number; chunkBytes: number; meta: string }[] } = JSON.parse(
  readFileSync(new URL('../../vectors/chunked.json', import.meta.url), 'utf8'),
)

function describeContent(sizeBytes: number, chunkBytes: number) {
  const bytes = content(sizeBytes)
  const hashes = Array.from({ length: chunkCount(sizeBytes, chunkBytes) }, (_, number) => {
    const hasher = mthHasher(pureSuite)
    hasher.update(bytes.subarray(number * chunkBytes, (number + 1) * chunkBytes))
    return hasher.digest()
  })
  return { sizeBytes, chunkBytes, hashes }
}

describe('what nncp-file -chunked wrote', () => {
  it.each(files)('of $sizeBytes bytes in chunks of $chunkBytes is what we write and read', file => {
    const meta = describeContent(file.sizeBytes, file.chunkBytes)
    expect(Buffer.from(encodeChunkedMeta(meta)).toString('base64')).toBe(file.meta)
    expect(decodeChunkedMeta(new Uint8Array(Buffer.from(file.meta, 'base64')))).toEqual(meta)
  })
})

const description = fc
  .record({ chunkBytes: fc.integer({ min: 1, max: 2 ** 40 }), chunks: fc.integer({ min: 1, max: 40 }) })
  .chain(({ chunkBytes, chunks }) =>
    fc.integer({ min: (chunks - 1) * chunkBytes + 1, max: chunks * chunkBytes }).map(sizeBytes => ({
      sizeBytes,
      chunkBytes,
      hashes: Array.from({ length: chunks }, (_, number) => new Uint8Array(32).fill(number)),
    })),
  )

describe('a description of chunks', () => {
  it('is read as it was written, and its chunks make up the whole', () => {
    fc.assert(
      fc.property(description, meta => {
        expect(decodeChunkedMeta(encodeChunkedMeta(meta))).toEqual(meta)
        const sizes = meta.hashes.map((_, number) => chunkSizeBytes(meta, number))
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(meta.sizeBytes)
        expect(chunkSizeBytes(meta, meta.hashes.length)).toBe(0)
      }),
    )
  })

  it('that was cut anywhere, or goes on, is refused', () => {
    const bytes = encodeChunkedMeta(describeContent(5, 2))
    for (let cut = 0; cut < bytes.length; cut += 1) {
      expect(
        refusal(() => decodeChunkedMeta(bytes.subarray(0, cut))),
        String(cut),
      ).toBe('truncated')
    }
    expect(refusal(() => decodeChunkedMeta(new Uint8Array([...bytes, 0])))).toBe('trailing-bytes')
  })

  it('gives a result or a FormatError for any bytes', () => {
    const start = encodeChunkedMeta(describeContent(5, 2))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(30), (bytes, kept) => {
        try {
          decodeChunkedMeta(new Uint8Array([...start.subarray(0, kept), ...bytes]))
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError)
        }
      }),
    )
  })

  const claim = (size: bigint, chunk: bigint, count: number, hashes = count) => {
    const head = new XdrWriter().fixedOpaque(Buffer.from('NNCPM\0\0\x02')).u64(size).u64(chunk).u32(count)
    for (let number = 0; number < hashes; number += 1) head.fixedOpaque(new Uint8Array(32))
    return head.bytes()
  }
  it.each([
    ['chunks of no bytes', claim(5n, 0n, 1), 'bad-size'],
    ['too few chunks', claim(5n, 2n, 2), 'bad-size'],
    ['too many chunks', claim(5n, 2n, 4), 'bad-size'],
    ['an empty file without a chunk', claim(0n, 2n, 0), 'bad-size'],
    ['a size beyond all numbers', claim(2n ** 64n - 1n, 2n ** 63n, 2), 'bad-size'],
    ['a count without hashes', claim(2n ** 50n, 1n, 0xffff_ffff, 0), 'too-large'],
    ['a count above the limit', claim(2n ** 50n, 1n, chunkLimits.chunksMax + 1, 0), 'too-large'],
    ['another magic', Buffer.from('NNCPP\0\0\x03'), 'bad-magic'],
    ['another version', Buffer.from('NNCPM\0\0\x03'), 'bad-version'],
  ])('with %s is refused', (_, bytes, code) => {
    expect(refusal(() => decodeChunkedMeta(bytes))).toBe(code)
  })

  it('of ours that contradicts itself is a fault of ours', () => {
    const meta = describeContent(5, 2)
    expect(() => encodeChunkedMeta({ ...meta, sizeBytes: 7 })).toThrow(RangeError)
    expect(() => encodeChunkedMeta({ ...meta, chunkBytes: 0 })).toThrow(RangeError)
    expect(() => encodeChunkedMeta({ ...meta, hashes: meta.hashes.map(() => new Uint8Array(31)) })).toThrow(RangeError)
  })
})

describe('names of chunks', () => {
  it('are read as they are written', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.nat(chunkLimits.chunksMax - 1), (text, number) => {
        const name = `${text}.bin`
        expect(parseChunkedName(metaName(name))).toEqual({ kind: 'meta', name })
        expect(parseChunkedName(chunkName(name, number))).toEqual({ kind: 'chunk', name, number })
      }),
    )
    expect(parseChunkedName('a\nb.nncp.meta.nncp.chunk0')).toEqual({
      kind: 'chunk',
      name: 'a\nb.nncp.meta',
      number: 0,
    })
  })

  it.each([
    '.nncp.meta',
    'dir/.nncp.meta',
    '.nncp.chunk0',
    'x.nncp.chunk',
    'x.nncp.chunk01',
    'x.nncp.chunk-1',
    'x.nncp.chunk1e3',
    `x.nncp.chunk${chunkLimits.chunksMax}`,
    'x.nncp.chunk99999999999999999999',
    'x.nncp.metadata',
    'x.NNCP.META',
    'plain',
  ])('%s is none', name => {
    expect(parseChunkedName(name)).toBeUndefined()
  })
})
