/** Header text for people (RFC 2047), for SEARCH. What cannot be decoded stays as it is. */
import { bytesOf, textOf } from '../grammar/bytes.ts'

const WORD = /=\?([\w.:-]{1,40})(?:\*[\w-]{0,40})?\?([bq])\?([^?\s]{0,1000})\?=/gi

function fromBase64(text: string): string | undefined {
  try {
    return atob(text)
  } catch {
    return undefined
  }
}

function fromQuoted(text: string): string {
  return text
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

function decoded(charset: string, binary: string): string | undefined {
  try {
    return new TextDecoder(charset).decode(bytesOf(binary))
  } catch {
    return undefined
  }
}

export function headerText(binary: string): string {
  const joined = textOf(binary).replace(/(\?=)\s+(?==\?)/g, '$1')
  return joined.replace(WORD, (whole, charset: string, encoding: string, text: string) => {
    const bytes = encoding.toLowerCase() === 'b' ? fromBase64(text) : fromQuoted(text)
    return (bytes === undefined ? undefined : decoded(charset, bytes)) ?? whole
  })
}
