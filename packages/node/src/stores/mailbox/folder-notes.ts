/** Answers of a folder from what is noted of its letters; see `FolderNotes` in `@posthorn/imap`. */
import {
  type FolderNotes,
  isReadableField,
  type MessageSummary,
  type SummaryField,
  type TextMatches,
  type TextQuery,
} from '@posthorn/imap'
import { nextTurn } from '../../base/turn.ts'
import { mailboxLimits } from './limits.ts'
import type { Compared, Comparison, NoteIndex, Range, Wanted } from './note-index.ts'

/** @param ready resolves when the index agrees with the Maildir. */
export function folderNotes(index: NoteIndex, folder: number, ready: () => Promise<void>): FolderNotes {
  return {
    async headers(uids) {
      await ready()
      return index.headers(folder, uids)
    },
    async find(query) {
      await ready()
      const { place } = query
      const range = { folder, fromUid: query.fromUid, toUid: query.toUid }
      if (place.kind === 'header' && !isReadableField(place.name)) return { found: [], unknown: index.all(range) }
      // First what is not known: a letter that is noted meanwhile is then in one of the lists all the same.
      const unknown = index.unknown(range)
      return { found: await found(index, range, query), unknown }
    },
    async summaries<Field extends SummaryField>(field: Field) {
      await ready()
      const all = new Map<number, MessageSummary[Field]>()
      for (let after = 0; ; await nextTurn()) {
        const { uids, values } = index.summaries<MessageSummary[Field]>(folder, after, field)
        for (const [at, value] of values.entries()) all.set(uids[at] ?? 0, value)
        const last = uids.at(-1)
        if (last === undefined || uids.length < mailboxLimits.summariesAtOnceMax) return all
        after = last
      }
    },
  }
}

async function found(index: NoteIndex, range: Range, { place, needle }: TextQuery): Promise<TextMatches['found']> {
  if (place.kind !== 'header') {
    const wanted = { needle, trigrams: trigramsOf(needle) }
    const inBodies = await compareAll(index, range, 'body', wanted)
    return place.kind === 'body'
      ? inBodies
      : new Set([...inBodies, ...(await compareAll(index, range, 'head', wanted))])
  }
  // A field without a text to look for is found by its name.
  const text = needle === '' ? `${place.name}: ` : needle
  const holds = ({ head }: Compared) => hasField(head ?? '', place.name, needle)
  return compareAll(index, range, 'field', { needle: text, trigrams: trigramsOf(text) }, holds)
}

async function compareAll(
  index: NoteIndex,
  range: Range,
  what: Comparison,
  wanted: Wanted,
  holds: (compared: Compared) => boolean = () => true,
): Promise<number[]> {
  const uids: number[] = []
  for (let { fromUid } = range; fromUid <= range.toUid; await nextTurn()) {
    const compared = index.compare({ ...range, fromUid }, what, wanted)
    for (const one of compared) if (one.found === 1 && holds(one)) uids.push(one.uid)
    const last = compared.at(-1)
    if (last === undefined || compared.length < mailboxLimits.textsComparedAtOnceMax) break
    fromUid = last.uid + 1
  }
  return uids
}

function hasField(head: string, name: string, needle: string): boolean {
  const beginning = `${name}: `
  // After the blank line there are names of files.
  const [fields = ''] = head.split('\n\n', 1)
  return fields.split('\n').some(line => line.startsWith(beginning) && line.includes(needle, beginning.length))
}

/**
 * A query of the index; undefined for a text that is too short for it. Of a long text only some trigrams, spread over
 * it: more narrow little and cost much.
 */
function trigramsOf(needle: string): string | undefined {
  const signs = Array.from(needle)
  const trigrams = new Set<string>()
  const step = Math.max(1, Math.ceil((signs.length - 2) / mailboxLimits.trigramsMax))
  for (let at = 0; at + 3 <= signs.length; at += step) {
    trigrams.add(
      `"${signs
        .slice(at, at + 3)
        .join('')
        .replaceAll('"', '""')}"`,
    )
  }
  return trigrams.size === 0 ? undefined : [...trigrams].join(' AND ')
}
