import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dateOfFromLine, fromLine } from './from-line.ts'
import { archiveLimits } from './limits.ts'
import { mboxLetters } from './mbox-read.ts'
import { mboxEntry } from './mbox-write.ts'
import { unmarked } from './status.ts'

async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const end = at + Math.max(1, sizes[turn % sizes.length] ?? 1)
    yield bytes.subarray(at, end)
    at = end
  }
}

async function whole(source: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of source) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('latin1')
}

interface Read {
  readonly text: string
  readonly flags: readonly string[]
  readonly dateMs: number | null
}

async function read(mbox: string, sizes: readonly number[] = [1_000_000]): Promise<Read[]> {
  const letters: Read[] = []
  for await (const { bytes, dateMs } of mboxLetters(cut(Buffer.from(mbox, 'latin1'), sizes))) {
    const letter = await unmarked(bytes)
    letters.push({ text: await whole(letter.bytes), flags: letter.flags, dateMs })
  }
  return letters
}

const head = 'From a@b Thu Nov 22 05:47:07 2026'
const day = Date.UTC(2026, 10, 22, 5, 47, 7)
const texts = async (mbox: string) => (await read(mbox)).map(({ text }) => text)

describe('what others write', () => {
  test('letters begin at a From line with a time, after a blank line', async () => {
    const mbox = `${head}\nA: 1\n\nFrom here on text\n\nFrom the heart\nbody\n\n${head}\nA: 2\n\n${head}\nnot\n\n`
    expect(await texts(mbox)).toEqual(['A: 1\n\nFrom here on text\n\nFrom the heart\nbody\n', 'A: 2\n', 'not\n'])
  })

  test('either line end, no blank line at the end, rubbish before the first letter', async () => {
    expect(await texts(`${head}\r\nA: 1\r\n\r\nx\r\n\r\n${head}\r\nA: 2\r\n\r\ny`)).toEqual([
      'A: 1\r\n\r\nx\r\n',
      'A: 2\r\n\r\ny',
    ])
    expect(await texts(`\n\nrubbish\n\n${head}\nA: 1\n\n`)).toEqual(['A: 1\n'])
    expect(await texts('')).toEqual([])
    expect(await texts('From nobody')).toEqual([])
  })

  test('one > is taken from lines of From, none from others', async () => {
    const body = '>From x\n>>From y\n> From z\n>Fro\n>\n>>\nFrom\n >From\n'
    expect(await texts(`${head}\n\n${body}\n`)).toEqual(['\nFrom x\n>From y\n> From z\n>Fro\n>\n>>\nFrom\n >From\n'])
  })

  test('a Content-Length that lies is not believed', async () => {
    const mbox = `${head}\nContent-Length: 99999\n\nx\n\n${head}\nContent-Length: 0\n\ny\n\n`
    expect((await texts(mbox)).length).toBe(2)
  })

  test('flags stand in the header, and are taken out of it', async () => {
    const header = 'Subject: x\nStatus: RO\nX-Status: AFTD\nX-Keywords: $Label1 work,\n  home\nTo: y\n\nStatus: R\n'
    const [letter] = await read(`${head}\n${header}\n`)
    expect(letter).toEqual({
      text: 'Subject: x\nTo: y\n\nStatus: R\n',
      flags: ['\\Seen', '\\Answered', '\\Flagged', '\\Draft', '\\Deleted', '$Label1', 'work', 'home'],
      dateMs: day,
    })
    expect((await read(`${head}\nSubject: x\n\n`))[0]?.flags).toEqual([])
  })

  test.each([
    ['From x Thu Nov 22 05:47:07 2026', day],
    ['From x Thu Nov 22 05:47 2026', day - 7000],
    ['From x@y  Sun Nov  2 05:47:07 2026', Date.UTC(2026, 10, 2, 5, 47, 7)],
    ['From x Thu Nov 22 05:47:07 CET 2026', day],
    ['From x Thu Nov 22 05:47:07 2026 +0130', day - 90 * 60_000],
    ['From x Thu Nov 22 05:47:07 -0200 2026', day + 120 * 60_000],
    ['From x Thu Foo 22 05:47:07 2026', null],
    ['From x 05:47', null],
  ])('the date of %s', (line, date) => {
    expect(dateOfFromLine(line)).toBe(date)
  })
})

describe('hostile', () => {
  test('lines without end, >s without end, separators without end: flat memory', async () => {
    const large = 20 * 1024 * 1024
    async function* mbox() {
      yield Buffer.from(`${head}\n\n`)
      for (const fill of ['x', '>', 'From ']) {
        for (let sent = 0; sent < large; sent += 65_536) yield Buffer.alloc(65_536, fill)
        yield Buffer.from('\n\n')
      }
    }
    let sizeBytes = 0
    let largest = 0
    let letters = 0
    for await (const { bytes } of mboxLetters(mbox())) {
      letters += 1
      for await (const chunk of bytes) {
        sizeBytes += chunk.length
        largest = Math.max(largest, chunk.length)
      }
    }
    expect(letters).toBe(1)
    expect(sizeBytes).toBeGreaterThanOrEqual(3 * large)
    expect(largest).toBeLessThan(1024 * 1024)
  })

  test('a header without end has no flags', async () => {
    const mbox = `${head}\nStatus: R\nX: ${'x'.repeat(archiveLimits.headerBytesMax)}\n\n`
    expect((await read(mbox, [65_536]))[0]?.flags).toEqual([])
  })

  test('whatever the bytes and the cuts, it ends, and the cuts make no difference', async () => {
    const word = fc.constantFrom('From ', `${head}\n`, '>', '\n', '\r\n', '\r', 'x', 'Fro', '\n\n', 'Status: R\n', ':')
    await fc.assert(
      fc.asyncProperty(
        fc.array(word, { maxLength: 40 }),
        fc.array(fc.nat(9), { minLength: 1 }),
        async (words, sizes) => {
          const mbox = words.join('')
          const once = await read(mbox)
          expect(await read(mbox, sizes)).toEqual(once)
          expect(await read(mbox, [1])).toEqual(once)
        },
      ),
      { numRuns: 400 },
    )
  })

  test('a letter that is not read to its end does not hold up the next', async () => {
    const mbox = Buffer.from(`${head}\nA: 1\n\nx\n\n${head}\nA: 2\n\ny\n\n${head}\nA: 3\n\n`)
    const seen: string[] = []
    for await (const { number, bytes } of mboxLetters(cut(mbox, [3]))) {
      if (number === 2) for await (const chunk of bytes) if (chunk.length > 0) break
      if (number === 3) seen.push(await whole(bytes))
    }
    expect(seen).toEqual(['A: 3\n'])
  })
})

test('what is written comes back byte for byte, with flags and date, and each From line is quoted', async () => {
  const piece = fc.constantFrom(
    ...['From ', '>', '\r\n', '\r', 'x', 'Fro', '\r\n\r\n', 'Status: R\r\n', 'X-Posthorn-Mbox: lines=1\r\n', '\0\xff'],
    `\r\n\r\n${head}\r\n`,
  )
  const letter = fc.record({
    text: fc.array(piece, { maxLength: 30 }).map(pieces => pieces.join('')),
    flags: fc.subarray(['\\Seen', '\\Answered', '\\Flagged', '\\Draft', '\\Deleted', '$Label', 'work']),
    seconds: fc.nat(4_000_000_000),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(letter, { maxLength: 4 }),
      fc.array(fc.nat(9), { minLength: 1 }),
      async (letters, sizes) => {
        let mbox = ''
        for (const { text, flags, seconds } of letters) {
          const open = () => cut(Buffer.from(text, 'latin1'), sizes)
          mbox += await whole(mboxEntry({ flags, internalDate: seconds * 1000 }, open))
        }
        // Line ends become CRLF in the mailbox, as everywhere.
        const back = (await read(mbox, sizes)).map(one => ({ ...one, text: one.text.replaceAll(/(?<!\r)\n/g, '\r\n') }))
        expect(back).toEqual(letters.map(({ text, flags, seconds }) => ({ text, flags, dateMs: seconds * 1000 })))
        const separators = mbox.split('\n').filter(line => line.startsWith('From '))
        expect(separators.length).toBe(letters.length)
      },
    ),
    { numRuns: 400 },
  )
})

test('the line between letters is that of asctime', () => {
  expect(fromLine(Date.UTC(2026, 10, 2, 5, 7, 7))).toBe('From MAILER-DAEMON Mon Nov  2 05:07:07 2026')
})
