/**
 * The header block of a letter (RFC 5322 §2.2), read only as far as routing needs it. The bytes themselves are never
 * rewritten.
 */
import type { DeliveryWishes } from '../../../stores/spool/envelope.ts'
import type { LetterNumber } from '../../../stores/spool/index.ts'
import { readNumberLine } from './number-line.ts'
import { lifetimeDaysMax, readWishesLine } from './wishes.ts'

/** A header block longer than this is not looked into further; the letter is carried all the same. */
export const headerBlockBytesMax = 256 * 1024

export interface LetterHead {
  /** Without angle brackets; null when there is none that can be used. */
  readonly messageId: string | null
  /** Value of a `Return-Path` on the first line; empty for a bounce, null when there is none. */
  readonly returnPath: string | null
  /** The one address of the one `From:`; null for anything less plain, of which two readers might think two things. */
  readonly from: string | null
  /** From another Posthorn node, right behind it: what its sender wants to hear. */
  readonly wishes: DeliveryWishes | undefined
  /** From a node that wants a receipt. */
  readonly number: LetterNumber | undefined
  /** Length of these first lines with their line ends: where the letter as sent begins. */
  readonly envelopeBytes: number
  /** Delta Chat's mark on the large second half of a message. */
  readonly isPostMessage: boolean
  /**
   * An automatic answer (RFC 3834 §5), or mail to many at once (`Precedence: bulk`, `junk`, `list`): it is never
   * reported on. What a program wrote by itself (`auto-generated`) is no answer: its sender wants to know.
   */
  readonly isAutomatic: boolean
  /** Unfolded; null when there is none. */
  readonly contentType: string | null
  /**
   * From `Date:` to `Expires:` or `Expiry-Date:` (RFC 4021 §2.1.50), in whole days: both by the clock of whoever wrote
   * them, so that ours has no say. Null: it does not expire.
   */
  readonly lifetimeDays: number | null
  /** How many mail systems wrote their `Received:` into it; RFC 5321 §6.3 counts them to find loops. */
  readonly hops: number
  /** Addresses of `Delivered-To:`, the first of them: mailboxes and forwards that it has been through. */
  readonly deliveredTo: readonly string[]
}

/** Reads the header block at the start of `source`; at most `headerBlockBytesMax` bytes are taken. */
export async function readHead(source: AsyncIterable<Uint8Array>): Promise<LetterHead> {
  return parseHead(await readHeaderBlock(source))
}

/** All of the header block, latin1, up to its end or as much as is looked at. */
export async function readHeaderBlock(source: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of source) {
    // latin1 keeps one character a byte, so that lengths are lengths on the disk
    text += Buffer.from(chunk).toString('latin1')
    const end = /\r?\n\r?\n/.exec(text)
    if (end !== null) return text.slice(0, end.index + 2)
    if (text.length >= headerBlockBytesMax) break
  }
  return text.slice(0, headerBlockBytesMax)
}

const deliveredToMax = 50

export function parseHead(block: string): LetterHead {
  const first = /^return-path:[ \t]*([^\r\n]*)\r?\n/i.exec(block)
  const numbered = first === null ? undefined : readNumberLine(block.slice(first[0].length))
  const offset = (first?.[0].length ?? 0) + (numbered?.lengthBytes ?? 0)
  const second = first === null ? undefined : readWishesLine(block.slice(offset))
  const lines = block.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)
  return {
    messageId: parseMessageId(fieldOf(lines, 'message-id')),
    returnPath: first === null ? null : stripBrackets(first[1] ?? ''),
    from: parseFrom(fieldsOf(lines, 'from')),
    wishes: second?.wishes,
    number: numbered?.number,
    envelopeBytes: offset + (second?.lengthBytes ?? 0),
    isPostMessage: fieldOf(lines, 'chat-is-post-message') !== undefined,
    isAutomatic:
      /^auto-(?:replied|notified)\b/i.test(fieldOf(lines, 'auto-submitted') ?? '') ||
      /^(?:bulk|junk|list)$/i.test(fieldOf(lines, 'precedence') ?? ''),
    contentType: fieldOf(lines, 'content-type') ?? null,
    lifetimeDays: lifetimeOf(lines),
    hops: lines.filter(line => /^received:/i.test(line)).length,
    deliveredTo: fieldsOf(lines, 'delivered-to').slice(0, deliveredToMax).map(stripBrackets),
  }
}

const dayMs = 24 * 60 * 60 * 1000

function lifetimeOf(lines: readonly string[]): number | null {
  const written = Date.parse(fieldOf(lines, 'date') ?? '')
  const expires = Date.parse(fieldOf(lines, 'expires') ?? fieldOf(lines, 'expiry-date') ?? '')
  const days = Math.ceil((expires - written) / dayMs)
  return days >= 1 && days <= lifetimeDaysMax ? days : null
}

function fieldsOf(lines: readonly string[], name: string): string[] {
  const start = `${name}:`
  const found = lines.filter(candidate => candidate.slice(0, start.length).toLowerCase() === start)
  return found.map(line => line.slice(start.length).trim())
}

function fieldOf(lines: readonly string[], name: string): string | undefined {
  return fieldsOf(lines, name)[0]
}

/** RFC 5322 §3.6.4, taken widely: anything without blanks between angle brackets, at most 998 characters. */
function parseMessageId(value: string | undefined): string | null {
  const found = value === undefined ? null : /^<([^<>\s]{1,996})>/.exec(value)
  return found?.[1] ?? null
}

/** A name, which is looked past, and one address; nothing that could hide a second one. */
const plainFrom = /^(?:(?:[^@<>,;:()"\\]*|"[^@<>"\\]*")[ \t]*<([^<>,;:()"\\\s]+)>|([^<>,;:()"\\\s]+))$/

function parseFrom([first, ...others]: readonly string[]): string | null {
  const found = first === undefined || others.length > 0 ? null : plainFrom.exec(first)
  return found?.[1] ?? found?.[2] ?? null
}

function stripBrackets(value: string): string {
  const trimmed = value.trim()
  return trimmed.startsWith('<') && trimmed.endsWith('>') ? trimmed.slice(1, -1) : trimmed
}
