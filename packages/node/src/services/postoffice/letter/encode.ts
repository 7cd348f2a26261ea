/**
 * What came from outside becomes part of a letter of ours here, and nowhere else: no line end and no control character
 * passes, so that nothing in it can be taken for a header, a field or a part.
 */

const lettersMax = 500
const asciiLettersMax = 900

/** One line for people: line ends, control characters and what turns writing round become blanks. */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ')
    .trim()
    .slice(0, lettersMax)
}

/** Printable ASCII that fits in a line; what is not becomes `?`. For addresses, ids and names of machines. */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, asciiLettersMax)
}

/** RFC 2047 §2: an encoded word has at most 75 characters; 45 bytes make 60, and no character is cut in two. */
const wordBytesMax = 45

/** The value of a header or field of text: as it is if that can be read as nothing else, else in encoded words. */
export function headerText(text: string): string {
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

/** RFC 2045 §6.8: lines of at most 76 characters, each with its end. */
export function base64Lines(text: string): string[] {
  return (
    Buffer.from(text)
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  )
}

/** RFC 5322 §3.3, in UTC. */
export function rfc5322Date(at: number): string {
  return new Date(at).toUTCString().replace('GMT', '+0000')
}
