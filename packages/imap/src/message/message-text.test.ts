import { describe, expect, test } from 'vitest'
import { binaryOfText, bytesOf } from '../grammar/bytes.ts'
import { defaultLimits } from '../limits.ts'
import { charsetDecoder } from './charset.ts'
import { folded } from './fold.ts'
import { HtmlText } from './html.ts'
import { messageNote } from './note.ts'
import { TextFold, WithoutArmour } from './text-fold.ts'
import { transferDecoder } from './transfer.ts'

/** Feeds a text whole and in pieces of several sizes; all must give the same. */
function inPieces<Input extends string | Uint8Array>(input: Input, feed: (pieces: Input[]) => string): string {
  const whole = feed([input])
  for (const size of [1, 2, 3, 7, 50]) {
    const pieces: Input[] = []
    for (let at = 0; at < input.length; at += size) pieces.push(input.slice(at, at + size) as Input)
    expect(feed(pieces), `pieces of ${size}`).toBe(whole)
  }
  return whole
}

function decoded(encoding: string, binary: string): string {
  return inPieces(bytesOf(binary), pieces => {
    const decoder = transferDecoder(encoding)
    return pieces.map(piece => String.fromCharCode(...decoder.push(piece))).join('')
  })
}

function html(text: string): string {
  return inPieces(text, pieces => {
    const stripper = new HtmlText()
    return pieces.map(piece => stripper.push(piece)).join('') + stripper.finish()
  })
}

async function noteOf(binary: string, changes: { textLettersMax?: number; mimeDepthMax?: number } = {}) {
  const bytes = bytesOf(binary)
  const read = async (range = { start: 0, end: bytes.length }) => {
    return (async function* () {
      for (let at = range.start; at < range.end; at += 1000) yield bytes.subarray(at, Math.min(range.end, at + 1000))
    })()
  }
  const note = await messageNote(read, bytes.length, {
    ...defaultLimits,
    textLettersMax: 10_000,
    notedHeaderBytesMax: 1000,
    ...changes,
  })
  if (note === undefined) throw new Error('the message is there')
  return note
}

describe('transfer encodings', () => {
  test('base64, with line ends, rubbish and padding in the middle', () => {
    expect(decoded('BASE64', 'SGVsbG8s\r\nIHdv cmxk\x80IQ==')).toBe('Hello, world!')
    expect(decoded('base64', 'YQ==YmM=')).toBe('abc')
    expect(decoded('base64', '====')).toBe('')
  })

  test('quoted-printable, with soft line ends and what is no code', () => {
    expect(decoded('quoted-printable', 'a=3Db=\r\nc=\nd=e9=E9')).toBe('a=bcd\xe9\xe9')
    expect(decoded('quoted-printable', 'x=zz=4')).toBe('x=zz')
  })

  test('everything else stays as it is', () => {
    expect(decoded('8bit', 'gr\xfc=C3')).toBe('gr\xfc=C3')
    expect(decoded('x-unknown', 'abc')).toBe('abc')
  })
})

test('charsets: what is named, what is unknown, and UTF-8 that is none', () => {
  const text = (charset: string, binary: string) => {
    return inPieces(bytesOf(binary), pieces => {
      const decoder = charsetDecoder(charset)
      return pieces.map(piece => decoder.push(piece)).join('') + decoder.finish()
    })
  }
  expect(text('koi8-r', '\xf0\xd2\xc9')).toBe('При')
  expect(text('utf-8', 'gr\xc3\xbc\xc3\x9fe')).toBe('grüße')
  expect(text('us-ascii', 'gr\xc3\xbcn')).toBe('grün')
  expect(text('no-such-thing', 'gr\xfcn')).toBe('grün')
  expect(text('iso-2022-jp', '\x1b$B%F\x1b(B')).toBe('テ')
})

describe('HTML', () => {
  test('tags go, blocks part words, inline tags do not', () => {
    expect(html('<p>one<br>two</p><b>th</b>ree <i class="a>b">four</i>')).toBe(' one two three four')
  })

  test('styles, scripts and comments are not shown', () => {
    expect(html('a<style>p{}</style>b<!-- <b>no</b> --->c<SCRIPT>if (a<b) "</p>"</SCRIPT >d')).toBe('a bc d')
  })

  test('character references', () => {
    expect(html('Tom &amp; J&uuml;rgen &#8364;&#x20AC; &nbsp;&lt;b&gt; &unknown; &#xD800; AT&T &copy')).toBe(
      'Tom & Jürgen €€ \u00a0<b> &unknown; \ufffd AT&T ©',
    )
  })

  test('what only looks like a tag stays; broken ends lose no more than themselves', () => {
    expect(html('1 < 2 and 3>2 <')).toBe('1 < 2 and 3>2 <')
    expect(html("it's <a href='x>y' title=it's>here</a>")).toBe("it's here")
    expect(html('text <a href="never closed')).toBe('text ')
  })

  test('megabytes of hostile markup take no more time than they are long', () => {
    for (const piece of ['<', '<a ', '<style>', '<!--', '&', '<a b="', '</style', '=\'"']) {
      const stripper = new HtmlText()
      for (let count = 0; count < 50; count += 1) stripper.push(piece.repeat(10_000))
      stripper.finish()
    }
  })
})

test('folding: case, composition, width, sigma and blanks do not matter', () => {
  expect(folded('Grüße  AUS\r\n\tÅlesund\u00a0!')).toBe('grüße aus ålesund !')
  expect(folded('A\u030alesund ＦＵＬＬ ﬁn')).toBe('ålesund full fin')
  expect(folded('ΟΔΟΣ οδος')).toBe('οδοσ οδοσ')
  const fold = (text: string) => {
    return inPieces(text, pieces => {
      const folding = new TextFold()
      return pieces.map(piece => folding.push(piece)).join('') + folding.finish()
    })
  }
  expect(fold('  Some \r\n\r\n WORDS e\u0301 𝒜 ')).toBe('some words é a ')
  expect(fold(`x${'日本'.repeat(2000)}`)).toBe(`x${'日本'.repeat(2000)}`)
})

test('OpenPGP armour is no text', () => {
  const armoured =
    'before -----begin pgp message----- abcd -----end pgp message----- after -----begin pgp message----- x'
  const text = inPieces(armoured, pieces => {
    const filter = new WithoutArmour()
    return pieces.map(piece => filter.push(piece)).join('') + filter.finish()
  })
  expect(text).toBe('before  after ')
})

describe('what is noted of a message', () => {
  test('fields decoded, parts decoded, names of files, a message within', async () => {
    const message = [
      'From: =?utf-8?q?J=C3=BCrgen?= <j@x>',
      'Subject: =?utf-8?B?R3LDvMOfZQ==?=',
      ' again',
      'Autocrypt: addr=j@x; keydata=AAAA',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      'preamble',
      '--b',
      'Content-Type: text/html; charset=utf-8',
      'Content-Transfer-Encoding: base64',
      '',
      btoa(binaryOfText('<p>Sch\u00f6n</p>')),
      '--b',
      'Content-Type: application/pdf; name="=?utf-8?q?R=C3=A9sum=C3=A9=2Epdf?="',
      'Content-Transfer-Encoding: base64',
      '',
      'AAAA',
      '--b',
      "Content-Disposition: attachment; filename*=utf-8''na%C3%AFve.txt",
      'Content-Type: message/rfc822',
      '',
      'Subject: inner one',
      'X-Other: unseen',
      '',
      'deep text',
      '--b--',
      'epilogue',
    ].join('\r\n')
    const note = await noteOf(message)
    const head = 'from: jürgen <j@x>\nsubject: grüße again\ncontent-type: multipart/mixed; boundary=b\n'
    expect(note.head).toBe(`${head}\nrésumé.pdf\nnaïve.txt\n`)
    expect(note.body.replace(/\n+/g, '|')).toBe('|schön |inner one|deep text')
    expect(note.complete).toBe(true)
    expect(note.header).toMatchObject({
      text: message.slice(0, message.indexOf('\r\npreamble')),
      bodyStart: message.indexOf('preamble'),
    })
    expect(note.summary).toMatchObject({ from: 'J', subject: 'GRU\u0308SSE AGAIN', sentAt: null })
  })

  test('an encrypted message has no text', async () => {
    const armour = '-----BEGIN PGP MESSAGE-----\r\n\r\nwcBMA\r\n-----END PGP MESSAGE-----'
    const version = '--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1'
    const parts = `${version}\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\n${armour}\r\n--b--\r\n`
    const note = await noteOf(`Content-Type: multipart/encrypted; boundary=b\r\n\r\n${parts}`)
    expect(note.body).toBe('')
    expect((await noteOf(`Subject: x\r\n\r\nhi\r\n${armour}\r\nbye`)).body.trim()).toBe('hi  bye')
  })

  test('long texts are cut, and that is said', async () => {
    const note = await noteOf(`Subject: x\r\n\r\n${'word '.repeat(10_000)}`, { textLettersMax: 1000 })
    expect(note).toMatchObject({ complete: false })
    expect(note.body.length).toBe(1000)
    const fields = await noteOf(`${'X-A: b\r\n'.repeat(1000)}\r\nx`, { textLettersMax: 1000 })
    expect(fields).toMatchObject({ complete: false, header: null })
  })

  test('nesting without end, parts without end, no body, no header', async () => {
    let nested = ''
    for (let depth = 0; depth < 2000; depth += 1)
      nested += `Content-Type: multipart/mixed; boundary=b${depth}\r\n\r\n--b${depth}\r\n`
    expect((await noteOf(nested)).complete).toBe(true)
    const parts = `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(20_000)}`
    expect((await noteOf(parts, { textLettersMax: 1_000_000 })).body).toContain('x')
    expect(await noteOf('')).toMatchObject({ head: '', complete: true })
    expect((await noteOf('\r\nonly text')).body.trim()).toBe('only text')
  })
})
