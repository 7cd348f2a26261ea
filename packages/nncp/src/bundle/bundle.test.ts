import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joined } from '../bytes.ts'
import { FormatError } from '../errors.ts'
import { type PacketId, packetIdFromBytes } from '../ids.ts'
import { alice, bob, carol, collect, content, seededRandom, streamOf } from '../testkit.ts'
import { encodeRecords } from './extended.ts'
import { encodeHeader, recordBytes } from './header.ts'
import { type BundleLimits, type PacketToBundle, readBundle, writeBundle } from './index.ts'

const ids = Array.from({ length: 6 }, (_, at) => packetIdFromBytes(new Uint8Array(32).fill(at + 1)))
const idAt = (at: number): PacketId => ids[at] ?? expect.unreachable()

function packet(at: number, bytes: Uint8Array, recipient = bob.id): PacketToBundle {
  return { recipient, sender: alice.id, id: idAt(at), sizeBytes: bytes.length, body: streamOf(bytes) }
}

async function* each<T>(...items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

const bundle = (...packets: readonly PacketToBundle[]) => collect(writeBundle(each(...packets)))

interface Found {
  readonly id: string
  readonly recipient: string
  readonly bytes: Uint8Array
}

async function found(bytes: Uint8Array, chunkBytes?: number, limits?: Partial<BundleLimits>): Promise<Found[]> {
  const all: Found[] = []
  for await (const { id, recipient, body } of readBundle(streamOf(bytes, chunkBytes), limits)) {
    all.push({ id, recipient, bytes: await collect(body) })
  }
  return all
}

/** The ids that were given out whole, and how the reading ended. */
async function fate(bytes: Uint8Array, limits?: Partial<BundleLimits>): Promise<{ whole: string[]; end: string }> {
  const whole: string[] = []
  try {
    for await (const { id, body } of readBundle(streamOf(bytes), limits)) {
      await collect(body)
      whole.push(id)
    }
    return { whole, end: 'well' }
  } catch (error) {
    if (error instanceof FormatError) return { whole, end: error.code }
    throw error
  }
}

const filled = (bytes: Uint8Array) => joined([bytes, new Uint8Array((512 - (bytes.length % 512)) % 512)])
const path = (at: number) => `NNCP/${bob.id}/${alice.id}/${idAt(at)}`

/** A member with a header of our making; its name may be given by an extended header. */
function member(
  { type = '0' as const, name = path(0), data = content(600), records = '' },
  change?: (header: Uint8Array) => void,
): Uint8Array {
  const text = records === '' ? '' : records
  const extension = text === '' ? new Uint8Array(0) : new TextEncoder().encode(text)
  const header = encodeHeader({ type, name: name.slice(0, 100), mode: 0o400, sizeBytes: data.length })
  change?.(header)
  sum(header)
  const before =
    extension.length === 0
      ? []
      : [encodeHeader({ type: 'x', name: 'x', mode: 0, sizeBytes: extension.length }), filled(extension)]
  return joined([...before, header, filled(data)])
}

/** Puts the right checksum over a changed header. */
function sum(header: Uint8Array): void {
  header.fill(0x20, 148, 156)
  const total = header.reduce((all, byte) => all + byte, 0)
  header.set(new TextEncoder().encode(`${total.toString(8).padStart(6, '0')}\0 `), 148)
}

function put(header: Uint8Array, offset: number, text: string): void {
  header.set(new TextEncoder().encode(text), offset)
}

function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  const digits = rest.length + 2 < 100 ? 2 : 3
  return `${rest.length + digits}${rest}`
}

describe('a bundle that was written', () => {
  const sizes = [0, 1, 511, 512, 513, 70_000]
  const whole = () => bundle(...sizes.map((size, at) => packet(at, content(size), at % 2 === 0 ? bob.id : carol.id)))

  it('is read again, whatever the cuts', async () => {
    const bytes = await whole()
    for (const chunkBytes of [1, 7, 511, 512, 513, 65_536, bytes.length]) {
      const all = await found(bytes, chunkBytes)
      expect(all.map(item => item.id)).toEqual(ids)
      expect(all.map(item => item.recipient)).toEqual(sizes.map((_, at) => (at % 2 === 0 ? bob.id : carol.id)))
      expect(all.every(({ bytes: body }, at) => Buffer.from(body).equals(content(sizes[at] ?? 0)))).toBe(true)
    }
  })

  it('of nothing is empty, and reads as nothing', async () => {
    expect(await bundle()).toHaveLength(0)
    expect(await found(new Uint8Array(0))).toEqual([])
  })

  it('passes over bodies that nobody reads, wholly or from the middle on', async () => {
    const seen: string[] = []
    for await (const { id, body } of readBundle(streamOf(await whole(), 1000))) {
      seen.push(id)
      if (seen.length % 2 === 0) for await (const _ of body) break
    }
    expect(seen).toEqual(ids)
  })

  it('does not let a body be read too late', async () => {
    const reading = readBundle(streamOf(await bundle(packet(0, content(600)), packet(1, content(600)))))
    const first = await reading.next()
    await reading.next()
    if (first.done === true) return expect.unreachable()
    await expect(collect(first.value.body)).rejects.toBeInstanceOf(RangeError)
    await reading.return()
  })

  it('refuses a body that has not its size', async () => {
    for (const sizeBytes of [99, 101]) {
      await expect(bundle({ ...packet(0, content(100)), sizeBytes })).rejects.toBeInstanceOf(RangeError)
    }
  })

  it('lets go of the source when the reader leaves, and passes its errors on', async () => {
    let left = false
    const bytes = await whole()
    async function* source() {
      try {
        yield bytes
        yield bytes
      } finally {
        left = true
      }
    }
    for await (const _ of readBundle(source())) break
    expect(left).toBe(true)
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, 700)
      throw new Error('no tape')
    }
    await expect(collectIds(broken())).rejects.toThrow('no tape')
  })
})

async function collectIds(source: AsyncIterable<Uint8Array>): Promise<string[]> {
  const all: string[] = []
  for await (const { id } of readBundle(source)) all.push(id)
  return all
}

describe('a packet of 9 GiB', () => {
  it('has its size in an extended header, as NNCP writes it', async () => {
    const sizeBytes = 9 * 2 ** 30
    const writing = writeBundle(each({ ...packet(0, new Uint8Array(0)), sizeBytes }))
    const head: Uint8Array[] = []
    for await (const chunk of { [Symbol.asyncIterator]: () => ({ next: () => writing.next() }) }) {
      head.push(chunk)
      if (head.length === 5) break
    }
    const [, , records] = head
    expect(new TextDecoder().decode(records)).toBe(`173 path=${path(0)}\n19 size=9663676416\n`)
    const reading = readBundle(streamOf(joined(head)))
    expect((await reading.next()).value).toMatchObject({ id: idAt(0), sizeBytes })
    await expect(reading.next()).rejects.toMatchObject({ code: 'truncated' })
  })

  it('and one of 1 GiB goes through in flat memory', async () => {
    const chunk = seededRandom('bundle')(2 ** 20)
    async function* body() {
      for (let at = 0; at < 1024; at += 1) yield chunk
    }
    const before = process.memoryUsage().rss
    let peak = before
    let bytes = 0
    const large = { ...packet(0, new Uint8Array(0)), sizeBytes: 2 ** 30, body: body() }
    for await (const item of readBundle(writeBundle(each(large, packet(1, content(5)))))) {
      for await (const piece of item.body) {
        bytes += piece.length
        peak = Math.max(peak, process.memoryUsage.rss())
      }
    }
    expect(bytes).toBe(2 ** 30 + 5)
    expect(peak - before).toBeLessThan(200 * 2 ** 20)
  })
})

describe('bundles behind each other', () => {
  it.each([
    ['nothing', 0, 0],
    ['the end mark of tar', 0, 1024],
    ['the filler of a tape', 0, 10_240],
    ['zeros that are no whole record', 0, 100],
    ['garbage', 0x75, 512],
    ['garbage that is no whole record', 0x78, 777],
    ['garbage larger than a search', 0x79, 200_001],
  ])('with %s between them are read on', async (_, byte, count) => {
    const [one, two] = [await bundle(packet(0, content(700))), await bundle(packet(1, content(900)))]
    const between = new Uint8Array(count).fill(byte)
    expect(await fate(joined([between, one, between, two, between]))).toEqual({
      whole: [idAt(0), idAt(1)],
      end: 'well',
    })
  })
})

describe('threats: a bundle', () => {
  const good = () => bundle(packet(5, content(100)))
  const then = async (...parts: readonly Uint8Array[]) => fate(joined([...parts, await good()]))
  const onlyGood = { whole: [idAt(5)], end: 'well' }

  it('with members that are no regular files passes over them', async () => {
    for (const type of ['1', '2', '3', '4', '5', '6', '7', 'S', 'D', 'g', 'K', 'Z'] as const) {
      const link = member({ records: record('path', path(0)), data: new Uint8Array(0) }, header =>
        put(header, 156, type),
      )
      expect(await then(link), type).toEqual(onlyGood)
    }
  })

  it('with sparse members passes over them', async () => {
    const records = record('GNU.sparse.major', '1') + record('path', path(0))
    expect(await then(member({ records }))).toEqual(onlyGood)
  })

  it('with other names passes over them: absolute, "..", too deep, too short, not Base32, another case', async () => {
    const names = [
      `/${path(0)}`,
      `./${path(0)}`,
      `../${path(0)}`,
      `NNCP/../${path(0)}`,
      `${path(0)}/more`,
      `${path(0)}/`,
      `NNCP/${bob.id}/${alice.id}`,
      `NNCP/${bob.id}/${alice.id}/..`,
      `NNCP/${bob.id}/${alice.id}/${idAt(0).toLowerCase()}`,
      `nncp/${bob.id}/${alice.id}/${idAt(0)}`,
      `NNCP//${alice.id}/${idAt(0)}`,
      `${path(0)}\0.part`,
      `NNCP\\${bob.id}\\${alice.id}\\${idAt(0)}`,
    ]
    for (const name of names) expect(await then(member({ records: record('path', name) })), name).toEqual(onlyGood)
    expect((await then(member({ records: record('path', path(0)) }))).whole).toEqual([idAt(0), idAt(5)])
  })

  it('with a huge extended header holds none of it', async () => {
    const records = record('comment', 'x'.repeat(500)).repeat(300) + record('path', path(0))
    expect(await then(member({ records }))).toEqual(onlyGood)
    expect((await fate(member({ records }), { extendedHeaderBytesMax: 1_000_000 })).whole).toEqual([idAt(0)])
  })

  it('with malformed records believes those before them only', async () => {
    const broken = ['0 path=x\n', '9999 path=x\n', '-5 path=x\n', 'path=x\n', '12 path=xxxxx', ' \n', '99999999 p=x\n']
    for (const text of broken) {
      const records = record('path', path(0)) + text + record('path', 'elsewhere')
      expect((await then(member({ records, name: 'none' }))).whole, text).toEqual([idAt(0), idAt(5)])
    }
  })

  it('with sizes that no packet has goes on behind the header', async () => {
    const sizes = ['77777777777', '-0000000001', '           ', '0000000000x', '\u0001']
    for (const size of sizes) {
      const lying = member({ data: new Uint8Array(0), records: record('path', path(0)) }, header => {
        header.fill(0, 124, 136)
        put(header, 124, size)
      })
      expect(await fate(joined([lying, await good()]), { memberBytesMax: 10_000 }), size).toEqual(onlyGood)
    }
    for (const size of ['99999999999999999999', '-1', '1e3']) {
      const records = record('path', path(0)) + record('size', size)
      expect(await then(member({ data: new Uint8Array(0), records })), size).toEqual(onlyGood)
    }
  })

  it('reads GNU tar’s base-256 sizes and long names, but no negative or endless size', async () => {
    const longName = (data: Uint8Array) => member({ data, name: 'long' }, header => put(header, 156, 'L'))
    const name = longName(new TextEncoder().encode(`${path(0)}\0`))
    const gnu = (first: number, last: readonly number[]) =>
      member({ name: 'cut', data: content(600) }, header => {
        put(header, 257, 'ustar  \0')
        header.fill(0, 124, 136)
        header[124] = first
        header.set(last, 136 - last.length)
      })
    expect(await then(name, gnu(0x80, [2, 88]))).toEqual({ whole: [idAt(0), idAt(5)], end: 'well' })
    for (const [first, last] of [
      [0xff, [255, 255]],
      [0x80, [1, 0, 0, 0, 0, 0, 0, 0]],
    ] as const) {
      expect(await then(name, gnu(first, last))).toEqual(onlyGood)
    }
  })

  it('with false checksums goes on with the next header', async () => {
    const bytes = await bundle(packet(0, content(2000)))
    for (const offset of [recordBytes + 3, recordBytes + 130, recordBytes + 150, recordBytes + 400]) {
      const altered = bytes.slice()
      altered[offset] = (altered[offset] ?? 0) ^ 1
      expect(await then(altered), String(offset)).toEqual(onlyGood)
    }
  })

  it('cut in a packet ends with "truncated", after what came before', async () => {
    const [one, two] = [await bundle(packet(0, content(700))), await bundle(packet(1, content(900)))]
    const all = joined([one, two])
    const body = one.length + 2 * recordBytes
    for (let end = body; end < body + 900; end += 90) {
      expect(await fate(all.subarray(0, end))).toEqual({ whole: [idAt(0)], end: 'truncated' })
      await expect(collectIds(streamOf(all.subarray(0, end)))).rejects.toMatchObject({ code: 'truncated' })
    }
    expect(await fate(all.subarray(0, body + 900))).toEqual({ whole: [idAt(0), idAt(1)], end: 'well' })
    const records = encodeRecords(path(0), 5)
    const cut = joined([encodeHeader({ type: 'x', name: 'x', mode: 0, sizeBytes: records.length }), records.slice(5)])
    expect((await fate(cut)).end).toBe('truncated')
  })

  it('that is something else is called so', async () => {
    expect((await fate(content(100_000))).end).toBe('bad-magic')
    expect((await fate(new Uint8Array(100_000))).end).toBe('well')
  })

  it('a bomb of headers is passed over a header at a time', async () => {
    const bomb = member({ data: new Uint8Array(0), name: 'x' })
    async function* bombs() {
      for (let at = 0; at < 50_000; at += 1) yield bomb
      yield await good()
    }
    expect(await collectIds(bombs())).toEqual([idAt(5)])
  })

  it('limits that limit nothing are refused', async () => {
    await expect(fate(new Uint8Array(0), { memberBytesMax: Number.NaN })).rejects.toBeInstanceOf(RangeError)
  })
})

describe('whatever was done to a bundle, only FormatErrors come of it', () => {
  const original = bundle(packet(0, content(700)), packet(1, content(3000)), packet(2, content(0)))

  it('mutated, cut and grown', async () => {
    const bytes = await original
    const edit = fc.record({
      spot: fc.nat(bytes.length - 1),
      with: fc.uint8Array({ maxLength: 40 }),
      keep: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(edit, { maxLength: 6 }),
        fc.nat(bytes.length),
        fc.nat(3000),
        async (edits, cut, chunk) => {
          let altered: Uint8Array = bytes.slice(0, bytes.length - (cut % 2 === 0 ? 0 : cut))
          for (const { spot, with: piece, keep } of edits) {
            altered = joined([altered.subarray(0, spot), piece, altered.subarray(keep ? spot : spot + piece.length)])
          }
          await endsAsItShould(altered, chunk + 1)
        },
      ),
      { numRuns: 400 },
    )
  })

  it('random, among the words of a header', async () => {
    const word = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc
        .constantFrom('ustar\x0000', 'ustar  \0', path(1), '173 path=', 'u', '\0')
        .map(text => new TextEncoder().encode(text)),
      fc.constant(new Uint8Array(600)),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 12 }), fc.nat(600), async (words, chunk) => {
        await endsAsItShould(joined(words), chunk + 1)
      }),
      { numRuns: 200 },
    )
  })

  async function endsAsItShould(bytes: Uint8Array, chunkBytes: number): Promise<void> {
    try {
      let total = 0
      for await (const { body, sizeBytes } of readBundle(streamOf(bytes, chunkBytes))) {
        const size = (await collect(body)).length
        expect(size).toBe(sizeBytes)
        total += size
      }
      expect(total).toBeLessThanOrEqual(bytes.length)
    } catch (error) {
      expect(error).toBeInstanceOf(FormatError)
    }
  }
})
