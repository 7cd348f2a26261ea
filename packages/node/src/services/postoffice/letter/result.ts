/** Letters about programs that ran for a packet: NNCP's notifications, with the program's output as their text. */
import { type Address, formatAddress } from './address.ts'
import { rfc5322Date } from './report.ts'

export interface ResultLetter {
  readonly from: Address
  readonly to: Address
  /** Names of nodes. */
  readonly asked: string
  readonly asker: string
  readonly handle: string
  readonly args: readonly string[]
  readonly text: string
  readonly messageId: string
  readonly at: number
}

/** The letter with CRLF, ASCII only: subject and text are encoded, whatever is in them. */
export function resultLetter(letter: ResultLetter): string {
  const { from, to, asked, asker, handle, args, text, messageId, at } = letter
  const lines = [
    `From: <${formatAddress(from)}>`,
    `To: <${formatAddress(to)}>`,
    `Subject: ${headerText(`Exec from ${asker} to ${asked}: ${[handle, ...args].join(' ')}`)}`,
    `Date: ${rfc5322Date(at)}`,
    `Message-ID: <${messageId}>`,
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    ...(Buffer.from(text)
      .toString('base64')
      .match(/.{1,76}/g) ?? []),
    '',
  ]
  return lines.join('\r\n')
}

/** RFC 2047 §2: an encoded word has at most 75 characters; 45 bytes make 60, and no character is cut in two. */
const wordBytesMax = 45

function headerText(text: string): string {
  if (/^[\x21-\x7e](?:[\x20-\x7e]{0,500}[\x21-\x7e])?$/.test(text) && !text.includes('=?')) return text
  const words: string[] = []
  let word = ''
  for (const character of text) {
    if (Buffer.byteLength(word + character) > wordBytesMax) {
      words.push(word)
      word = ''
    }
    word += character
  }
  words.push(word)
  return words.map(part => `=?utf-8?B?${Buffer.from(part).toString('base64')}?=`).join('\r\n ')
}
