/** LIST with its extensions (RFC 5258, 5819, 6154, 9590) and LSUB (RFC 3501 section 6.3.9). */
import { type ListQuery, listQuery } from '../grammar/list-options.ts'
import { listPattern, listReference, matchesPattern } from '../grammar/names.ts'
import type { FolderInfo } from '../mailbox.ts'
import { type Command, ok } from '../session/reply.ts'
import type { Session } from '../session/session.ts'
import { metadataEntries, metadataText } from './metadata.ts'
import { statusArguments, statusLine } from './status.ts'

/** A name of the tree. Levels above folders may be no folders themselves: they have no `info`. */
interface Listed {
  readonly name: string
  readonly info: FolderInfo | undefined
}

/** The levels above a name, the nearest first. */
function* levelsAbove(name: string): Generator<string> {
  for (let at = name.lastIndexOf('/'); at > 0; at = name.lastIndexOf('/', at - 1)) yield name.slice(0, at)
}

function treeOf(folders: readonly FolderInfo[]): Listed[] {
  const listed = new Map<string, Listed>(folders.map(info => [info.name, { name: info.name, info }]))
  for (const { name } of folders) {
    for (const level of levelsAbove(name)) if (!listed.has(level)) listed.set(level, { name: level, info: undefined })
  }
  return [...listed.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** Names that have something below them. */
function parentsOf(folders: readonly FolderInfo[]): Set<string> {
  const parents = new Set<string>()
  for (const { name } of folders) for (const level of levelsAbove(name)) parents.add(level)
  return parents
}

function selected(info: FolderInfo, select: ReadonlySet<string>): boolean {
  if (select.has('SUBSCRIBED') && !info.subscribed) return false
  return !select.has('SPECIAL-USE') || info.specialUse !== null
}

function attributesOf({ info, name }: Listed, query: ListQuery, parents: ReadonlySet<string>): string {
  const attributes: string[] = []
  if (info === undefined) attributes.push(query.extended ? '\\NonExistent' : '\\Noselect')
  const tellsSubscribed = query.select.has('SUBSCRIBED') || query.tell.has('SUBSCRIBED')
  if (tellsSubscribed && info?.subscribed === true) attributes.push('\\Subscribed')
  attributes.push(parents.has(name) ? '\\HasChildren' : '\\HasNoChildren')
  if (info?.specialUse) attributes.push(info.specialUse)
  return attributes.join(' ')
}

/** One LIST answer each, with the STATUS and METADATA answers that were asked for. */
async function tell(session: Session, all: readonly FolderInfo[], query: ListQuery): Promise<void> {
  const parents = parentsOf(all)
  const chosen = all.filter(info => selected(info, query.select))
  const above = query.select.has('RECURSIVEMATCH') ? parentsOf(chosen) : new Set<string>()
  const stopsAtLevels = query.patterns.some(pattern => pattern.includes('%'))
  for (const listed of treeOf(all)) {
    const { info, name } = listed
    if (!query.patterns.some(pattern => pattern !== '' && matchesPattern(name, pattern))) continue
    // A level that is no folder is only shown where the pattern stops at it.
    const itself = info === undefined ? query.select.size === 0 && stopsAtLevels : selected(info, query.select)
    if (!itself && !above.has(name)) continue
    const child = query.select.has('SUBSCRIBED') ? 'SUBSCRIBED' : 'SPECIAL-USE'
    const childInfo = above.has(name) ? ` ("CHILDINFO" ("${child}"))` : ''
    const attributes = attributesOf(listed, query, parents)
    session.responder.untagged(`LIST (${attributes}) "/" ${session.nameText(name)}${childInfo}`)
    if (info !== undefined && itself) await tellMore(session, name, query)
  }
}

/** A folder that goes meanwhile has no answer: LIST does not fail for it (RFC 5819 section 2). */
async function tellMore(session: Session, name: string, query: ListQuery): Promise<void> {
  if (query.status !== undefined) {
    const line = await statusLine(session, name, query.status)
    if (typeof line === 'string') session.responder.untagged(line)
  }
  if (query.metadata !== undefined) {
    const text = await metadataText(session, name, query.metadata)
    if (typeof text === 'string') session.responder.untagged(text)
  }
  await session.responder.roomForMore()
}

export const list: Command = {
  when: 'logged-in',
  news: 'all',
  async run(session, args) {
    args.space()
    const query = listQuery(args, { status: statusArguments, metadata: metadataEntries })
    if (query.patterns.includes('')) session.responder.untagged('LIST (\\Noselect) "/" ""')
    if (query.patterns.every(pattern => pattern === '')) return ok('List completed')
    await session.furnish()
    await tell(session, await session.account.folders(), query)
    return ok('List completed')
  },
}

export const lsub: Command = {
  when: 'logged-in',
  news: 'all',
  async run(session, args) {
    args.space()
    const wanted = listReference(args)
    args.space()
    const pattern = wanted + listPattern(args)
    args.end()
    await session.furnish()
    const all = await session.account.folders()
    const parents = parentsOf(all)
    for (const { info, name } of treeOf(all.filter(folder => folder.subscribed))) {
      if ((info === undefined && !pattern.includes('%')) || !matchesPattern(name, pattern)) continue
      const attributes = `${info === undefined ? '\\Noselect ' : ''}\\Has${parents.has(name) ? '' : 'No'}Children`
      session.responder.untagged(`LSUB (${attributes}) "/" ${session.nameText(name)}`)
    }
    return ok('Lsub completed')
  },
}
