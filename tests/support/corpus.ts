/** Letters of many kinds, the same for the same number: for searching, sorting and threading. */

const words = `
  stick harbour letter bread engine river mountain signal camp radio message weather market doctor school bridge
  water paper garden winter summer morning evening message courier neighbour packet folder village station journey
  ticket blanket kitchen lantern compass antenna battery solar panel storm
`
  .trim()
  .split(/\s+/)
const people = ['Alice Ant', 'Bob Böhm', 'Carol', 'Dave "D" Doe', 'Émile', 'Фёдор', '', 'Grace, M.', 'hans', 'Ida']
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** A number that looks random, from two others. */
function dice(seed: number, sides: number): number {
  let value = (seed * 2_654_435_761) >>> 0
  value = Math.imul(value ^ (value >>> 15), 2_246_822_519) >>> 0
  value = Math.imul(value ^ (value >>> 13), 3_266_489_917) >>> 0
  return ((value ^ (value >>> 16)) >>> 0) % sides
}

function pick(list: readonly string[], seed: number): string {
  return list[dice(seed, list.length)] ?? ''
}

function sentence(seed: number, length: number): string {
  // Some words are rare, as they are in what people write.
  const rare = (at: number) => (at % 3 === 2 ? dice(seed * 89 + at, 40_000).toString(36) : '')
  return Array.from({ length }, (_, at) => pick(words, seed * 97 + at) + rare(at)).join(' ')
}

function encodedWord(text: string, number: number): string {
  if (/^[ -~]*$/.test(text)) return text
  const bytes = Buffer.from(text, 'utf8')
  if (number % 2 === 0) return `=?utf-8?B?${bytes.toString('base64')}?=`
  const quoted = [...bytes].map(byte => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
  return `=?UTF-8?q?${quoted}?=`
}

function address(seed: number): string {
  const name = pick(people, seed)
  const mailbox = `${pick(words, seed + 3)}${dice(seed + 5, 4)}@${pick(['example.org', 'Camp.alt', 'x'], seed + 7)}`
  if (name === '') return mailbox
  const shown = /[",.]/.test(name) ? `"${name.replace(/"/g, '\\"')}"` : encodedWord(name, seed)
  return `${shown} <${mailbox}>`
}

function subjectOf(number: number): string {
  // A few subjects, so that they meet.
  const base = `${pick(words, number % 41)} ${pick(words, (number % 41) + 50)}${number % 7 === 0 ? ' für Übermut' : ''}`
  switch (dice(number + 11, 9)) {
    case 0:
      return `Re: ${base}`
    case 1:
      return `[camp] RE: [list] ${base}  (fwd)`
    case 2:
      return `Fwd: re: ${base}`
    case 3:
      return `[Fwd: ${base}]`
    case 4:
      return `${base} [not a blob`
    default:
      return base
  }
}

function dateOf(number: number): string {
  const zone = pick(['+0000', '-0800', '+0530', 'GMT', 'EST'], number + 17)
  const day = 1 + dice(number + 19, 28)
  const time = [dice(number + 23, 24), dice(number + 29, 60), dice(number + 31, 60)].map(n =>
    String(n).padStart(2, '0'),
  )
  return `${day} ${pick(months, number + 37)} ${2020 + dice(number + 41, 6)} ${time.join(':')} ${zone}`
}

function messageId(number: number): string {
  return `<letter-${number}@corpus.example>`
}

function threading(number: number): string[] {
  if (number < 5 || dice(number + 43, 3) === 0) return []
  const parent = number - 1 - dice(number + 47, Math.min(number - 1, 30))
  const eldest = Math.max(1, parent - 3)
  // Some parents are not there.
  const missing = `<missing-${parent % 17}@corpus.example>`
  switch (dice(number + 53, 5)) {
    case 0:
      return [`In-Reply-To: ${messageId(parent)}`]
    case 1:
      return [`References: ${messageId(eldest)}\r\n ${messageId(parent)}`]
    case 2:
      return [`References: ${missing} ${messageId(parent)}`]
    case 3:
      return [`References: ${messageId(parent)} ${missing}`, `In-Reply-To: ${messageId(parent)}`]
    default:
      return [`References: ${missing}`]
  }
}

function quotedPrintable(text: string): string {
  return text.replace(/[^ -<>-~\r\n]/gu, sign => {
    return [...Buffer.from(sign, 'utf8')].map(byte => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
  })
}

function lines(text: string): string {
  return text.replace(/(.{1,70})(?: |$)/g, '$1\r\n')
}

/** Header fields of the content, and the content. */
function contentOf(number: number, wordCount: number): [string[], string] {
  const text = `${sentence(number, wordCount)} number${number} Grüße aus Ålesund`
  const utf8 = Buffer.from(lines(text), 'utf8')
  const base64 = utf8.toString('base64').replace(/.{76}/g, '$&\r\n')
  const ending = '<p>Tom &amp; <b>Jer</b>ry</p></body></html>'
  const html = `<html><head><style>p { color: red }</style></head><body><p>${lines(text)}</p>${ending}`
  const type = (value: string, encoding = '8bit') => [
    `Content-Type: ${value}`,
    `Content-Transfer-Encoding: ${encoding}`,
  ]
  switch (dice(number + 59, 8)) {
    case 0:
      return [type('text/plain; charset=utf-8', 'base64'), `${base64}\r\n`]
    case 1:
      return [type('text/plain; charset="utf-8"', 'quoted-printable'), quotedPrintable(lines(text))]
    case 2:
      return [type('text/plain; charset=iso-8859-1'), Buffer.from(lines(text), 'latin1').toString('latin1')]
    case 3:
      return [type('text/html; charset=utf-8'), utf8Binary(html)]
    case 4: {
      const [bound, inner] = [`b${number}`, type('text/plain; charset=utf-8', 'base64')]
      const file = [
        ...type('application/octet-stream', 'base64'),
        `Content-Disposition: attachment; filename="f${number}.bin"`,
      ]
      const parts = [
        [...inner, '', base64],
        [...type('text/html; charset=utf-8'), '', utf8Binary(html)],
        [...file, '', base64],
      ]
      const body = parts.map(part => `--${bound}\r\n${part.join('\r\n')}\r\n`).join('')
      return [[`Content-Type: multipart/mixed; boundary=${bound}`], `preamble\r\n${body}--${bound}--\r\n`]
    }
    case 5:
      return [['Content-Type: text/plain'], `${lines(sentence(number, wordCount))}`]
    default:
      return [[], utf8Binary(lines(text))]
  }
}

function utf8Binary(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** One letter as it lies on a disk. `wordCount`: how long its text is. */
export function corpusLetter(number: number, wordCount = 30): Buffer {
  const [content, body] = contentOf(number, wordCount)
  const fields = [
    `Received: from relay${dice(number, 9)}.example by camp.example; ${dateOf(number)}`,
    ...(number % 29 === 0 ? [] : [`Date: ${dateOf(number)}`]),
    `From: ${address(number + 61)}`,
    ...(number % 31 === 0 ? [] : [`To: ${address(number + 67)}, ${address(number + 71)}`]),
    ...(number % 5 === 0 ? [`Cc: ${address(number + 73)}`] : []),
    `Subject: ${encodedWord(subjectOf(number), number)}`,
    ...(number % 37 === 0 ? [] : [`Message-ID: ${messageId(number)}`]),
    ...threading(number),
    ...(number % 11 === 0 ? [`X-Odd: ${sentence(number, 2)}`] : []),
    'MIME-Version: 1.0',
    ...content,
  ]
  return Buffer.from(`${fields.join('\r\n')}\r\n\r\n${body}`, 'latin1')
}
