import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Pieces } from './pieces.ts'

async function* streamOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}

test('pieces are of one size but the last, and together they are the stream', async () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(chunks, fc.integer({ min: 1, max: 12 }), async (parts, pieceBytes) => {
      const pieces = new Pieces(streamOf(parts), pieceBytes)
      const found: Buffer[] = []
      const seen: Uint8Array[] = []
      while (!(await pieces.atEnd())) {
        const piece: Uint8Array[] = []
        for await (const chunk of pieces.next(bytes => seen.push(bytes))) piece.push(chunk)
        found.push(Buffer.concat(piece))
      }
      const whole = Buffer.concat(parts)
      expect(Buffer.concat(found)).toEqual(whole)
      expect(Buffer.concat(seen)).toEqual(whole)
      expect(pieces.sizeBytes).toBe(whole.length)
      expect(found.slice(0, -1).every(piece => piece.length === pieceBytes)).toBe(true)
    }),
  )
})
