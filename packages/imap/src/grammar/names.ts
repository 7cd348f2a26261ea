/** Mailbox names: from the wire to the names a store knows, and back. */

import { quoted, quotedUtf8 } from '../respond/quote.ts'
import { LimitFault, SyntaxFault } from '../session/faults.ts'
import { binaryOfText, utf8TextOf } from './bytes.ts'
import type { Cursor } from './cursor.ts'
import { decodeUtf7, encodeUtf7 } from './utf7.ts'

/**
 * Decodes modified UTF-7, or UTF-8 that newer clients send; where UTF-8 is agreed upon, `&` is only a sign.
 *
 * @throws SyntaxFault when it is neither
 */
function decoded(binary: string, cursor: Cursor): string {
  if (binary.length > 4 * cursor.limits.mailboxNameBytesMax) {
    throw new LimitFault('mailboxNameBytesMax', 'Mailbox name too long')
  }
  const text = cursor.utf8 || /[\x80-\xff]/.test(binary) ? utf8TextOf(binary) : decodeUtf7(binary)
  if (text === undefined) throw new SyntaxFault(`The mailbox name is not ${cursor.utf8 ? 'UTF-8' : 'modified UTF-7'}`)
  if (binaryOfText(text).length > cursor.limits.mailboxNameBytesMax) {
    throw new LimitFault('mailboxNameBytesMax', 'Mailbox name too long')
  }
  return text
}

/** INBOX is INBOX in any case, also as the first level of a name. */
function withInbox(name: string): string {
  return name.replace(/^inbox(?=\/|$)/i, 'INBOX')
}

/**
 * Reads a mailbox name. Names that could mean a place outside (`..`), or that hold control characters, wildcards or
 * empty levels, are never passed on: no store has them. `forgivesSlash`: one separator at the end is left out.
 *
 * @throws SyntaxFault, LimitFault
 */
export function mailboxName(cursor: Cursor, forgivesSlash = false): string {
  const given = decoded(cursor.astring('Mailbox name'), cursor)
  const name = forgivesSlash ? given.replace(/(?<=.)\/$/, '') : given
  if (/[\p{Cc}\p{Zl}\p{Zp}*%\\]/u.test(name)) {
    throw new SyntaxFault('The mailbox name holds a forbidden character')
  }
  const levels = name.split('/')
  if (levels.length > cursor.limits.nestingMax)
    throw new LimitFault('nestingMax', 'Too many levels in the mailbox name')
  if (levels.some(level => level === '' || level === '.' || level === '..')) {
    throw new SyntaxFault('The mailbox name has an empty or forbidden level')
  }
  return withInbox(name)
}

/** The reference of LIST: what stands before each pattern. */
export function listReference(cursor: Cursor): string {
  return decoded(cursor.astring('Reference'), cursor)
}

/** One pattern of LIST. */
export function listPattern(cursor: Cursor): string {
  return decoded(cursor.listPattern(), cursor)
}

/** The name in an answer: quoted, in UTF-8 if the client has agreed to that (RFC 9051 section 5.1, RFC 6855). */
export function mailboxText(name: string, utf8: boolean): string {
  return utf8 ? quotedUtf8(binaryOfText(name)) : quoted(encodeUtf7(name))
}

/** `*` is any characters, `%` any but the separator (RFC 9051 section 6.3.9). Steps: name times pattern, never more. */
export function matchesPattern(name: string, pattern: string): boolean {
  // reached[n]: the pattern so far can match the first n characters of the name.
  let reached = new Array<boolean>(name.length + 1).fill(false)
  reached[0] = true
  for (const sign of withInbox(pattern)
    .replace(/\*[*%]*/g, '*')
    .split('')) {
    const next = new Array<boolean>(name.length + 1).fill(false)
    for (let at = 0; at <= name.length; at += 1) {
      const before = name.charAt(at - 1)
      if (sign === '*' || sign === '%') {
        const goesOn = at > 0 && next[at - 1] === true && (sign === '*' || before !== '/')
        next[at] = reached[at] === true || goesOn
      } else {
        next[at] = at > 0 && reached[at - 1] === true && before === sign
      }
    }
    reached = next
  }
  return reached[name.length] === true
}
