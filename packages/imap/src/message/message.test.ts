import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf } from '../grammar/bytes.ts'
import { defaultLimits } from '../limits.ts'
import { tries } from '../testing/fuzzing.ts'
import { addressList } from './addresses.ts'
import { structureText } from './envelope.ts'
import { chosenFields, headerFields } from './headers.ts'
import { parameterised } from './parameters.ts'
import { type Part, partAt, structureIn, structureOf } from './structure.ts'
import { headerText } from './words.ts'

async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = bytesOf(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

function crlf(text: string): string {
  return text.replaceAll('\n', '\r\n')
}

const nested = crlf(`Subject: outer
Content-Type: multipart/mixed; boundary="out er"

preamble
--out er
Content-Type: text/plain; charset=utf-8

first
line
--out er
Content-Type: message/rfc822

Subject: inner
From: A <a@b>
Content-Type: multipart/alternative; boundary=in

--in

plain
--in
Content-Type: text/html
Content-Disposition: inline; filename="x y.html"
Content-ID: <id>

<p>
--in--
--out er
Content-Type: image/png
Content-Transfer-Encoding: BASE64

aGk=
--out er--
epilogue
`)

test('the parts of a nested message, at whatever cuts it comes', async () => {
  const wholes: string[] = []
  for (const size of [1, 2, 7, 64, 100_000]) {
    const root = await structureOf(inPieces(nested, size), defaultLimits)
    wholes.push(JSON.stringify(root))
    const at = (...path: number[]) => {
      const part = partAt(root, path)
      return part && nested.slice(part.bodyStart, part.end)
    }
    expect(at(1)).toBe('first\r\nline')
    expect(at(2)).toMatch(/^Subject: inner\r\n[\s\S]*--in--$/)
    expect(at(2, 1)).toBe('plain')
    expect(at(2, 2)).toBe('<p>')
    expect(at(3)).toBe('aGk=')
    expect(at(4)).toBeUndefined()
    expect(at(1, 1)).toBeUndefined()
    expect(at(2, 2, 1)).toBeUndefined()
  }
  wholes.push(JSON.stringify(structureIn(nested, defaultLimits)))
  expect(new Set(wholes).size).toBe(1)
})

test('BODYSTRUCTURE of a nested message', async () => {
  const root = await structureOf(inPieces(nested, 50), defaultLimits)
  const inner = nested.slice(nested.indexOf('Subject: inner'), nested.indexOf('--in--') + 6)
  const from = '(("A" NIL "a" "b"))'
  expect(structureText(root, false, 10)).toBe(
    '(("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 11 1)' +
      `("message" "rfc822" NIL NIL NIL "7bit" ${inner.length} ` +
      `(NIL "inner" ${from} ${from} ${from} NIL NIL NIL NIL NIL) ` +
      '(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 5 0)' +
      `("text" "html" ("charset" "us-ascii") "<id>" NIL "7bit" 3 0) "alternative") ${inner.split('\n').length - 1})` +
      '("image" "png" NIL NIL NIL "base64" 4) "mixed")',
  )
  expect(structureText(root, true, 10)).toContain('("inline" ("filename" "x y.html")) NIL NIL)')
})

function countParts(part: Part): number {
  return 1 + part.children.reduce((sum, child) => sum + countParts(child), 0)
}

test('MIME nesting 10,000 deep, 100,000 parts and headers of 10 MB are parsed to a bound', async () => {
  let deep = ''
  for (let level = 0; level < 10_000; level += 1)
    deep += `Content-Type: multipart/mixed; boundary=b${level}e\r\n\r\n--b${level}e\r\n`
  const nestedRoot = await structureOf(inPieces(deep, 65_536), defaultLimits)
  expect(countParts(nestedRoot)).toBeLessThanOrEqual(32)
  expect(structureText(nestedRoot, true, 10)).toContain('"application" "octet-stream"')
  const wide = `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(100_000)}`
  expect(countParts(await structureOf(inPieces(wide, 65_536), defaultLimits))).toBe(1000)
  const messages = 'Content-Type: message/rfc822\r\n\r\n'.repeat(10_000)
  expect(countParts(await structureOf(inPieces(messages, 65_536), defaultLimits))).toBeLessThanOrEqual(32)
  const header = `X: ${'y'.repeat(10_000_000)}\r\nContent-Type: text/html\r\n\r\nbody`
  const root = await structureOf(inPieces(header, 65_536), defaultLimits)
  expect(root).toMatchObject({ bodyStart: header.length - 4, type: { value: 'text/html' } })
})

test('header fields: chosen, folded, broken', () => {
  const header = crlf('From: a\nX-Long: one\n two\n\tthree\nbroken line\nfrom: b\n\nbody: no\n')
  expect(headerFields(header).map(field => field.name)).toEqual(['from', 'x-long', '', 'from'])
  expect(chosenFields(header, new Set(['from']), true)).toBe('From: a\r\nfrom: b\r\n\r\n')
  expect(chosenFields(header, new Set(['from']), false)).toBe(crlf('X-Long: one\n two\n\tthree\nbroken line\n\n'))
  expect(chosenFields('', new Set(['from']), true)).toBe('\r\n')
  expect(chosenFields('From: a', new Set(['from']), true)).toBe('From: a\r\n\r\n')
})

test('addresses, as people and programs write them', () => {
  const show = (text: string) => addressList(text, 5).map(({ name, mailbox, host }) => [name, mailbox, host])
  expect(show('"hidden-recipients": ;')).toEqual([
    [null, 'hidden-recipients', null],
    [null, null, null],
  ])
  expect(show('Bob B. <bob@x>, "C, \\"D" <@r1,@r2:c@[1.2.3.4]>')).toEqual([
    ['Bob B.', 'bob', 'x'],
    ['C, "D', 'c', '[1.2.3.4]'],
  ])
  expect(show('a@b (the (real) one), c')).toEqual([
    ['the (real) one', 'a', 'b'],
    [null, 'c', ''],
  ])
  expect(show('g: a@b, c@d')).toEqual([
    [null, 'g', null],
    [null, 'a', 'b'],
    [null, 'c', 'd'],
    [null, null, null],
  ])
  expect(show(',,,<>,(')).toEqual([])
  expect(show('a@b,'.repeat(9))).toHaveLength(5)
})

test('one address alone is read as it is in a list', () => {
  const pieces = [
    'a',
    'b.c',
    '@',
    '<',
    '>',
    '"',
    '\\',
    ' ',
    '\t',
    '=',
    '-',
    '(',
    ')',
    ':',
    ';',
    'x y',
    '\u00fc',
    '\u00a0',
  ]
  const one = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map(some => some.join(''))
  const usual = fc
    .tuple(fc.constantFrom('', 'Bob ', '"B, (o) <b> " ', 'B  \tb', '"" ', ' '), one)
    .map(([name, rest]) => {
      return `${name}<${rest.replace(/[<>]/g, '')}@x>`
    })
  fc.assert(
    // Behind a comma it is one of several, which are read sign by sign.
    fc.property(fc.oneof(one, usual, fc.constant('a@b.c')), text => {
      expect(addressList(text, 5)).toEqual(addressList(`,${text}`, 5))
    }),
    tries(1000, 6),
  )
})

test('parameters and encoded words', () => {
  expect(parameterised('Text/Plain (c); Charset = "u;t\\"f" ;; x*0=y; broken; z=1')).toEqual({
    value: 'text/plain',
    parameters: [
      ['Charset', 'u;t"f'],
      ['x*0', 'y'],
      ['z', '1'],
    ],
  })
  expect(headerText('=?utf-8?Q?Gr=C3=BC=C3=9Fe?= =?ISO-8859-1*de?q?_aus_K=F6ln?=')).toBe('Grüße aus Köln')
  expect(headerText('=?no-such?Q?x?= =?utf-8?B?@?= plain')).toBe('=?no-such?Q?x?==?utf-8?B?@?= plain')
})
