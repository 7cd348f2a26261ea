import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OperatingError } from '../../base/errors.ts'
import { backupLimits } from './limits.ts'
import { sealed, unsealed } from './sealing.ts'

/** By age 1.1.1, with this passphrase. */
const madeByAge = [
  'YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBsZGVWYmttQ0FFZ0l0YVJKdUYyMW1nIDE4CnhPWWgxVmtwMmlOS2YvalB6',
  'VU1ZUDlrMkpaRmp2bHJvTm9jbGoyZ0plZDgKLS0tIHM0RUgraitKYklMMmtKY1FZenVuRmNUMCt4bjhVVWR5dEE4MHQ4QjUrMkkK',
  'amGj9zPjb22uzvjELiUePT9ksaaOnEQk+rdFE4M7YFtWtFeKJPDNzXsKH+/KGQ==',
].join('')
const passphrase = Buffer.from('correct horse')

/** The same bytes for the same seed. */
function bytesOf(seed: string, sizeBytes: number): Buffer {
  return createHash('shake256', { outputLength: sizeBytes }).update(seed).digest()
}

async function* cutInto(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += chunkBytes) yield bytes.subarray(start, start + chunkBytes)
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

let seeds = 0
const random = (sizeBytes: number) => bytesOf(`random ${seeds++}`, sizeBytes)
const seal = (bytes: Uint8Array, chunkBytes = 100_000) =>
  collect(sealed(cutInto(bytes, chunkBytes), { passphrase, random, costLog: 10 }))
const open = (bytes: Uint8Array, chunkBytes = 100_000) => collect(unsealed(cutInto(bytes, chunkBytes), { passphrase }))
const codeOf = (bytes: Uint8Array) =>
  open(bytes).then(
    () => 'whole',
    (error: unknown) => (error instanceof OperatingError ? error.code : String(error)),
  )

describe('a sealed stream', () => {
  it('of any size is opened again, whatever the cuts of the stream', async () => {
    for (const sizeBytes of [0, 1, 65_535, 65_536, 65_537, 131_072, 300_000]) {
      const content = bytesOf('content', sizeBytes)
      const whole = await seal(content, sizeBytes % 2 === 0 ? 1000 : 65_536)
      expect(whole.includes('content'), 'nothing of it can be read').toBe(false)
      for (const chunkBytes of [whole.length, 65_536])
        expect((await open(whole, chunkBytes)).equals(content)).toBe(true)
    }
    const small = await seal(bytesOf('content', 200))
    expect(await open(small, 1)).toEqual(bytesOf('content', 200))
  }, 60_000)

  it('made by age is opened', async () => {
    const made = Buffer.from(madeByAge, 'base64')
    expect((await open(made)).toString()).toBe('sealed by age\n')
  })

  it('is never the same twice', async () => {
    const [one, other] = [await seal(passphrase), await seal(passphrase)]
    expect(one.equals(other)).toBe(false)
  })
})

describe('threats: a backup', () => {
  const content = bytesOf('content', 140_000)

  it('with another passphrase is not opened, and says so', async () => {
    const whole = await seal(content)
    const other = unsealed(cutInto(whole, 1000), { passphrase: Buffer.from('correct horsf') })
    await expect(collect(other)).rejects.toMatchObject({ code: 'wrong-passphrase', retry: 'never' })
  })

  it('cut at any place is never taken for whole', async () => {
    const whole = await seal(content)
    const header = whole.indexOf('\n', whole.indexOf('--- ')) + 1
    const [first, second] = [header + 16 + 65_552, header + 16 + 2 * 65_552]
    const edges = [first, second, header, header + 16, whole.length].flatMap(edge => [edge - 1, edge, edge + 1])
    const places = [...edges, 0, 1, 30, header - 40, first - 16, second + 16, second + 17]
    for (const place of places.filter(place => place < whole.length)) {
      expect(await codeOf(whole.subarray(0, place)), String(place)).toBe(
        place < header ? 'not-a-backup' : 'backup-broken',
      )
    }
    await expect(open(whole.subarray(0, first))).rejects.toThrow('it was cut')
  }, 60_000)

  it('with altered, swapped, doubled, missing or added bytes is never taken for whole', async () => {
    const whole = await seal(content)
    const header = whole.indexOf('\n', whole.indexOf('--- ')) + 1
    const block = (number: number) => whole.subarray(header + 16 + number * 65_552, header + 16 + (number + 1) * 65_552)
    const head = whole.subarray(0, header + 16)
    const [one, two, three] = [block(0), block(1), block(2)]
    for (const parts of [
      [two, one, three],
      [one, one, three],
      [one, three],
      [three],
      [one, two, three, three],
      [one, two],
    ]) {
      expect(await codeOf(Buffer.concat([head, ...parts]))).toBe('backup-broken')
    }
    expect(await codeOf(Buffer.concat([whole, Buffer.alloc(1)]))).toBe('backup-broken')
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (place, change) => {
        const altered = Buffer.from(whole)
        altered[place] = (altered[place] ?? 0) ^ change
        expect(['not-a-backup', 'wrong-passphrase', 'backup-broken']).toContain(await codeOf(altered))
      }),
      { numRuns: 200 },
    )
  }, 120_000)

  it('that would cost more memory than is allowed is refused before it is tried', async () => {
    const whole = (await seal(content)).toString('latin1')
    for (const cost of ['21', '30', '63', '99']) {
      const costly = Buffer.from(whole.replace(/(-> scrypt \S+) 10\n/, `$1 ${cost}\n`), 'latin1')
      await expect(open(costly)).rejects.toMatchObject({ code: 'not-a-backup' })
    }
    for (const cost of ['0', '-1', '010', '1e1', '']) {
      const odd = Buffer.from(whole.replace(/(-> scrypt \S+) 10\n/, `$1 ${cost}\n`), 'latin1')
      await expect(open(odd)).rejects.toMatchObject({ code: 'not-a-backup' })
    }
    expect(backupLimits.costLogMax).toBe(20)
  })

  it('that is something else is called so', async () => {
    for (const text of ['', 'PK\x03\x04', 'age-encryption.org/v1\n-> X25519 abc\n', 'x'.repeat(100_000)]) {
      expect(await codeOf(Buffer.from(text))).toBe('not-a-backup')
    }
  })
})

describe('a stream of 1 GiB', () => {
  it('goes through in flat memory', async () => {
    const chunk = bytesOf('chunk', 1024 * 1024)
    async function* source() {
      for (let at = 0; at < 1024; at += 1) yield chunk
    }
    const before = process.memoryUsage.rss()
    let [peak, sizeBytes] = [before, 0]
    for await (const piece of unsealed(sealed(source(), { passphrase, random }), { passphrase })) {
      sizeBytes += piece.length
      peak = Math.max(peak, process.memoryUsage.rss())
    }
    expect(sizeBytes).toBe(2 ** 30)
    // Half of it is what the passphrase costs.
    expect(peak - before).toBeLessThan(300 * 1024 * 1024)
  }, 120_000)
})
