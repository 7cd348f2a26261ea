/** Notes of messages in memory: the twin of what a store keeps, made anew for every question. */
import { defaultLimits } from '../limits.ts'
import type { FolderNotes, TextQuery } from '../mailbox.ts'
import type { NotedHead } from '../message/head.ts'
import { isReadableField } from '../message/message-text.ts'
import { type MessageNote, messageNote } from '../message/note.ts'
import type { MessageSummary, SummaryField } from '../message/summary.ts'

export interface NotedMessage {
  readonly uid: number
  readonly bytes: Uint8Array
}

export interface MemoryNotesOptions {
  /** As of a store: what goes beyond has to be read. */
  readonly textLettersMax: number
  readonly notedHeaderBytesMax: number
  /** Messages of which nothing is noted. */
  readonly unnoted?: ReadonlySet<number>
}

function holds({ head, body }: MessageNote, { place, needle }: TextQuery): boolean {
  if (place.kind !== 'header') return body.includes(needle) || (place.kind === 'text' && head.includes(needle))
  const [fields = ''] = head.split('\n\n', 1)
  const beginning = `${place.name}: `
  return fields.split('\n').some(line => line.startsWith(beginning) && line.slice(beginning.length).includes(needle))
}

/** @param messages asked at every question. */
export function memoryNotes(messages: () => Iterable<NotedMessage>, options: MemoryNotesOptions): FolderNotes {
  const { textLettersMax, notedHeaderBytesMax, unnoted } = options
  const noteOf = async ({ uid, bytes }: NotedMessage): Promise<MessageNote | undefined> => {
    if (unnoted?.has(uid)) return undefined
    const read = async function* (start: number, end: number) {
      yield bytes.subarray(start, end)
    }
    const open = async (range = { start: 0, end: bytes.length }) => read(range.start, range.end)
    return messageNote(open, bytes.length, { ...defaultLimits, textLettersMax, notedHeaderBytesMax })
  }
  return {
    async headers(uids) {
      const all = new Map<number, NotedHead>()
      for (const message of messages()) {
        if (!uids.includes(message.uid)) continue
        const header = (await noteOf(message))?.header
        if (header) all.set(message.uid, header)
      }
      return all
    },
    async find(query) {
      const found: number[] = []
      const unknown: number[] = []
      const unreadable = query.place.kind === 'header' && !isReadableField(query.place.name)
      for (const message of messages()) {
        if (message.uid < query.fromUid || message.uid > query.toUid) continue
        const note = unreadable ? undefined : await noteOf(message)
        if (note !== undefined && holds(note, query)) found.push(message.uid)
        if (note === undefined || !note.complete) unknown.push(message.uid)
      }
      return { found, unknown }
    },
    async summaries<Field extends SummaryField>(field: Field) {
      const all = new Map<number, MessageSummary[Field]>()
      for (const message of messages()) {
        const note = await noteOf(message)
        if (note !== undefined) all.set(message.uid, note.summary[field])
      }
      return all
    },
  }
}
