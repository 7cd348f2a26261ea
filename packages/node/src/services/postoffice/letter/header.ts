/**
 * The header block of a letter (RFC 5322 §2.2), read only as far as routing needs it. The bytes themselves are never
 * rewritten.
 */

/** A header block longer than this is not looked into further; the letter is carried all the same. */
export const headerBlockBytesMax = 256 * 1024

export interface LetterHead {
  /** Without angle brackets; null when there is none that can be used. */
  readonly messageId: string | null
  /** Value of a `Return-Path` on the first line; empty for a bounce, null when there is none. */
  readonly returnPath: string | null
  /** Length of that first line with its line end: where the letter as sent begins. */
  readonly returnPathBytes: number
  /** Delta Chat's mark on the large second half of a message. */
  readonly isPostMessage: boolean
  /** RFC 3834 §5: made by a program; nobody answers it automatically. */
  readonly isAutomatic: boolean
}

/** Reads the header block at the start of `source`; at most `headerBlockBytesMax` bytes are taken. */
export async function readHead(source: AsyncIterable<Uint8Array>): Promise<LetterHead> {
  return parseHead(await readHeaderBlock(source))
}

async function readHeaderBlock(source: AsyncIterable<Uint8Array>): Promise<string> {
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

export function parseHead(block: string): LetterHead {
  const first = /^return-path:[ \t]*([^\r\n]*)\r?\n/i.exec(block)
  const lines = block.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)
  const automatic = fieldOf(lines, 'auto-submitted')
  return {
    messageId: parseMessageId(fieldOf(lines, 'message-id')),
    returnPath: first === null ? null : stripBrackets(first[1] ?? ''),
    returnPathBytes: first === null ? 0 : first[0].length,
    isPostMessage: fieldOf(lines, 'chat-is-post-message') !== undefined,
    isAutomatic: automatic !== undefined && automatic.toLowerCase() !== 'no',
  }
}

function fieldOf(lines: readonly string[], name: string): string | undefined {
  const start = `${name}:`
  const line = lines.find(candidate => candidate.slice(0, start.length).toLowerCase() === start)
  return line?.slice(start.length).trim()
}

/** RFC 5322 §3.6.4, taken widely: anything without blanks between angle brackets, at most 998 characters. */
function parseMessageId(value: string | undefined): string | null {
  const found = value === undefined ? null : /^<([^<>\s]{1,996})>/.exec(value)
  return found?.[1] ?? null
}

function stripBrackets(value: string): string {
  const trimmed = value.trim()
  return trimmed.startsWith('<') && trimmed.endsWith('>') ? trimmed.slice(1, -1) : trimmed
}
