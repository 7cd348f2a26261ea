/** Letters about programs that ran for a packet: NNCP's notifications, with the program's output as their text. */
import { type Address, formatAddress } from './address.ts'
import { base64Lines, headerText, rfc5322Date } from './encode.ts'

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
    ...base64Lines(text),
    '',
  ]
  return lines.join('\r\n')
}
