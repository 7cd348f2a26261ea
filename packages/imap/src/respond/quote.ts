/** How values are written in answers, so that nothing a message or a person wrote can end a line or begin an answer. */
import { binaryOfText } from '../grammar/bytes.ts'

/** A string of printable ASCII in quotes; anything else as a literal. NUL cannot be sent and is left out. */
export function quoted(binary: string): string {
  if (binary.length <= 1000 && /^[ !#-[\]-~]*$/.test(binary)) return `"${binary}"`
  const sendable = binary.replaceAll('\0', '')
  if (sendable.length <= 1000 && /^[\x20-\x7e]*$/.test(sendable)) return `"${sendable.replace(/["\\]/g, '\\$&')}"`
  return `{${sendable.length}}\r\n${sendable}`
}

/** As `quoted`, for a client that takes UTF-8 in quotes. `binary` must be UTF-8. */
export function quotedUtf8(binary: string): string {
  if (binary.length > 1000 || /[^ -~\x80-\xff]/.test(binary)) return quoted(binary)
  return `"${binary.replace(/["\\]/g, '\\$&')}"`
}

export function quotedOrNil(binary: string | null | undefined): string {
  return binary === null || binary === undefined ? 'NIL' : quoted(binary)
}

/** Text for people at the end of an answer: one line, not empty, and not to be taken for a response code. */
export function humanText(text: string): string {
  const line = binaryOfText(text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()).slice(0, 1000)
  return line === '' ? 'Sorry' : line.replace(/^\[/, '(')
}

/** Flags and keywords: those that are not atoms are left out. */
export function flagText(flags: readonly string[]): string {
  return `(${flags.filter(flag => /^\\?[!#$&'+-[^-z|}~]+$/.test(flag)).join(' ')})`
}
