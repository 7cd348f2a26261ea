import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { crc32, inflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { type KeptMessage, pageOf } from './page.ts'
import { type FileEntry, type TextEntry, zip } from './zip.ts'

async function* each<T>(...all: T[]): AsyncGenerator<T> {
  yield* all
}

/** As its list at the end says, checked against what stands before each entry. */
function unzip(archive: Buffer): Map<string, Buffer> {
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  const found = new Map<string, Buffer>()
  let at = archive.readUInt32LE(end + 16)
  for (let count = archive.readUInt16LE(end + 10); count > 0; count -= 1) {
    const [method, crc, packed] = [
      archive.readUInt16LE(at + 10),
      archive.readUInt32LE(at + 16),
      archive.readUInt32LE(at + 20),
    ]
    const [nameBytes, extraBytes, offset] = [
      archive.readUInt16LE(at + 28),
      archive.readUInt16LE(at + 30),
      archive.readUInt32LE(at + 42),
    ]
    const name = archive.subarray(at + 46, at + 46 + nameBytes).toString()
    expect(archive.readUInt32LE(offset)).toBe(0x04034b50)
    expect(archive.subarray(offset + 30, offset + 30 + nameBytes).toString()).toBe(name)
    const body = archive.subarray(offset + 30 + nameBytes, offset + 30 + nameBytes + packed)
    const bytes = method === 8 ? inflateRawSync(body) : body
    expect(crc32(bytes)).toBe(crc)
    expect(bytes.length).toBe(archive.readUInt32LE(at + 24))
    found.set(name, bytes)
    at += 46 + nameBytes + extraBytes
  }
  expect(at).toBe(end)
  return found
}

test('an archive holds its texts and files, whole', async () => {
  const long = 'ü😀 '.repeat(200_000)
  const bytes = Buffer.from([0, 255, 1, 2])
  const entries: (TextEntry | FileEntry)[] = [
    { name: 'empty.txt', text: each() },
    { name: 'größe.txt', text: each(long.slice(0, 7), long.slice(7)) },
    { name: 'files/a.bin', read: () => each<Uint8Array>(bytes.subarray(0, 1), bytes.subarray(1)) },
  ]
  const found = unzip(await buffer(Readable.from(zip(each(...entries)))))
  expect([...found.keys()]).toEqual(['empty.txt', 'größe.txt', 'files/a.bin'])
  expect(found.get('größe.txt')?.toString()).toBe(long)
  expect(found.get('files/a.bin')).toEqual(bytes)
})

test('a text that cannot be read to its end ends the archive with an error', async () => {
  async function* broken(): AsyncGenerator<string> {
    yield 'x'
    throw new Error('the engine ended')
  }
  await expect(buffer(Readable.from(zip(each({ name: 'x', text: broken() }))))).rejects.toThrow('the engine ended')
})

test('XSS: names and texts of strangers are texts in the page', async () => {
  const evil = `"><script>alert(1)</script><img src=x onerror='alert(1)'>`
  const message: KeptMessage = {
    ...{ id: 1, kind: 'file', text: evil, mine: false, info: false, edited: false, forwarded: false },
    ...{ at: '2026-01-02T03:04:05.000Z', from: evil, quote: { from: evil, text: evil } },
    reactions: [{ emoji: evil, count: 1 }],
    file: { name: evil, sizeBytes: 1, path: `files/1-${evil}`, image: true },
  }
  let page = ''
  for await (const part of pageOf(evil, 'now', each(message, { ...message, info: true }))) page += part
  expect(page).not.toMatch(/<script|<img src=x|onerror='/)
  expect(page).toContain('&lt;script&gt;')
  expect(page).toContain("default-src 'none'")
})
