/** What a store notes of a message when it comes, so that searches need not read it. */
import type { ImapLimits } from '../limits.ts'
import { structureText } from './envelope.ts'
import { headOf, type NotedHead } from './head.ts'
import { type ReadRange, readable, readMessageText } from './message-text.ts'
import { type MessageSummary, messageSummary } from './summary.ts'

export interface MessageNote {
  readonly summary: MessageSummary
  /** Folded; a line for each field, `name: value`; then, after a blank line, a line for each attached file. */
  readonly head: string
  /** Folded; parts stand on lines of their own. */
  readonly body: string
  /** Is all of the text there? */
  readonly complete: boolean
  /** As it stands; null when it is larger than what is noted. */
  readonly header: NotedHead | null
}

interface NoteLimits
  extends Pick<
    ImapLimits,
    'headerBytesMax' | 'partHeadersBytesMax' | 'mimeDepthMax' | 'mimePartsMax' | 'addressesMax'
  > {
  /** Of `head`, and of `body`. */
  readonly textLettersMax: number
  /** Up to the body; and of the structure. */
  readonly notedHeaderBytesMax: number
}

/** Undefined when the message is gone. */
export async function messageNote(
  read: ReadRange,
  sizeBytes: number,
  limits: NoteLimits,
): Promise<MessageNote | undefined> {
  const { textLettersMax } = limits
  const open = await readable(read, sizeBytes)
  const stream = await open?.()
  if (open === undefined || stream === undefined) return undefined
  const header = await headOf(stream, limits.headerBytesMax)
  let structure: string | null = null
  let fields = ''
  let names = ''
  let body = ''
  const there = await readMessageText(open, limits, {
    structure: root => {
      const text = structureText(root, true, limits.addressesMax)
      if (text.length <= limits.notedHeaderBytesMax) structure = text
    },
    field: (name, value) => {
      if (fields.length <= textLettersMax) fields += `${name}: ${value}\n`
    },
    fileName: name => {
      if (names.length <= textLettersMax) names += `${name}\n`
    },
    body: text => {
      body += text
      return body.length <= textLettersMax
    },
  })
  if (!there) return undefined
  const head = names === '' ? fields : `${fields}\n${names}`
  const complete = head.length <= textLettersMax && body.length <= textLettersMax
  const small = header.bodyStart <= limits.notedHeaderBytesMax
  const note = { summary: messageSummary(header.text), header: small ? { ...header, structure } : null, complete }
  return { ...note, head: cut(head, textLettersMax), body: cut(body, textLettersMax) }
}

/** Never within a character. */
function cut(text: string, lettersMax: number): string {
  if (text.length <= lettersMax) return text
  return text.slice(0, lettersMax).replace(/[\ud800-\udbff]$/, '')
}
