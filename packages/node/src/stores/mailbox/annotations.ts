/**
 * What people note on their folders and on their account (IMAP METADATA, RFC 5464). It is in the database, by the
 * folder's UIDVALIDITY: that outlives the index and every renaming, and no other folder of the person ever has it.
 */
import type { Annotations, Refusal, SpecialUse } from '@posthorn/imap'
import { specialUses } from '@posthorn/imap'
import { specialUseOf } from './folder-name.ts'
import { mailboxLimits } from './limits.ts'

/** RFC 6154 section 4: where it is noted what a folder is for. */
export const specialUseEntry = '/private/specialuse'

/** How much a person has noted already. */
export interface Noted {
  readonly count: number
  readonly sizeBytes: number
}

/** Whether there is room for changes: `all` counts everything of the person, `before` is what they replace. */
export function annotationsRefusal(
  all: Noted,
  before: Annotations,
  changes: ReadonlyMap<string, Uint8Array | null>,
): Refusal | undefined {
  let { count, sizeBytes } = all
  let grows = false
  for (const [entry, value] of changes) {
    const old = before.get(entry)
    if (old !== undefined) {
      count -= 1
      sizeBytes -= entry.length + old.length
    }
    if (value === null) continue
    count += 1
    sizeBytes += entry.length + value.length
    grows = true
  }
  const { annotationsMax, annotationsBytesMax } = mailboxLimits
  if (!grows || (count <= annotationsMax && sizeBytes <= annotationsBytesMax)) return undefined
  return { refused: 'limit', text: 'There is no room for more annotations.' }
}

interface Named {
  readonly name: string
  /** As its owner noted it. */
  readonly noted: string | undefined
}

/** What each folder is for: what was noted, else by the usual names, unless another folder was noted for that. */
export function usesOf(folders: readonly Named[]): (folder: Named) => SpecialUse | null {
  const known = (noted: string | undefined) => specialUses.find(use => use.toLowerCase() === noted?.toLowerCase())
  const taken = new Set(folders.map(({ noted }) => known(noted)))
  return ({ name, noted }) => {
    const byName = specialUseOf(name)
    return known(noted) ?? (byName === null || taken.has(byName) ? null : byName)
  }
}

/** What a person expects to find, by what it is for. */
const expectedFolders: ReadonlyMap<SpecialUse, string> = new Map([
  ['\\Drafts', 'Drafts'],
  ['\\Sent', 'Sent'],
  ['\\Trash', 'Trash'],
  ['\\Junk', 'Junk'],
  ['\\Archive', 'Archive'],
])

/** Those of them that are missing. */
export function missingFolders(
  folders: readonly { readonly name: string; readonly specialUse: SpecialUse | null }[],
): string[] {
  const names = new Set(folders.map(({ name }) => name))
  const uses = new Set(folders.map(({ specialUse }) => specialUse))
  return [...expectedFolders].filter(([use, name]) => !uses.has(use) && !names.has(name)).map(([, name]) => name)
}
