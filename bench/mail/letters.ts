/** Letters of about 2 kB as people write them: each is different, and one in a thousand holds the word looked for. */

const vocabulary = (
  'water bridge camp clinic market harvest letter radio winter summer morning evening doctor teacher engine pump ' +
  'solar panel battery paper pencil meeting answer question mountain river valley forest road truck boat wheel ' +
  'bread rice salt sugar coffee tea milk honey apple potato onion carrot garden window door roof floor wall lamp'
).split(' ')

export const rareWord = 'zweckverband'

/** The same letter for the same number, with CRLF line ends; `size` is that of its text. */
export function letter(number: number, { address, bytes = 1600 }: { address: string; bytes?: number }): string {
  const words: string[] = []
  let state = number * 2654435761 + 12345
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return vocabulary[(state >>> 8) % vocabulary.length] ?? ''
  }
  for (let length = 0; length < bytes; length += (words.at(-1)?.length ?? 0) + 1) words.push(next())
  if (number % 1000 === 500) words.splice(20, 0, rareWord)
  const lines: string[] = []
  for (let at = 0; at < words.length; at += 10) lines.push(words.slice(at, at + 10).join(' '))
  const date = new Date(Date.UTC(2026, 0, 1) + number * 60_000).toUTCString().replace('GMT', '+0000')
  return [
    `From: "${next()} ${next()}" <writer${number % 50}@far.example>`,
    `To: <${address}>`,
    `Subject: ${next()} ${next()} ${number}`,
    `Date: ${date}`,
    `Message-ID: <bench.${number}@far.example>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    ...lines,
    '',
  ].join('\r\n')
}
