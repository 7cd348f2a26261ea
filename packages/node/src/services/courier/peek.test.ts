import { expect, test } from 'vitest'
import { peek } from './peek.ts'

/** One buffer for all chunks, as a reader of a medium may lend them. */
async function* lent(bytes: Buffer, chunkBytes: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(chunkBytes)
  for (let start = 0; start < bytes.length; start += chunkBytes) {
    const size = bytes.copy(buffer, 0, start, start + chunkBytes)
    yield buffer.subarray(0, size)
    buffer.fill(0xee)
  }
}

test.each([3, 10, 1000])('what was seen comes again, from a source that lends chunks of %i bytes', async chunkBytes => {
  const bytes = Buffer.from(Uint8Array.from({ length: 200 }, (_, index) => index))
  const { first, all, close } = await peek(lent(bytes, chunkBytes), 20)
  expect(Buffer.from(first).subarray(0, 20).equals(bytes.subarray(0, 20))).toBe(true)
  const copies: Uint8Array[] = []
  for await (const chunk of all) copies.push(Uint8Array.from(chunk))
  expect(Buffer.concat(copies).equals(bytes)).toBe(true)
  await close()
})
