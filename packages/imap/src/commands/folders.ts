/** Commands about folders as such: CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE, LIST, LSUB, STATUS. */
import type { Cursor } from '../grammar/cursor.ts'
import { listPattern, mailboxName, matchesPattern } from '../grammar/names.ts'
import type { FolderInfo, FolderStatus, Refusal } from '../mailbox.ts'
import { SyntaxFault } from '../session/faults.ts'
import { type Command, ok, refusal } from '../session/reply.ts'
import type { Session } from '../session/session.ts'
import { listLine } from './list-line.ts'

function withName(
  text: string,
  act: (session: Session, name: string) => Promise<Refusal | undefined>,
  forgivesSlash = false,
): Command {
  return {
    when: 'logged-in',
    news: 'all',
    async run(session, args) {
      args.space()
      const name = mailboxName(args, forgivesSlash)
      args.end()
      const refused = await act(session, name)
      return refused === undefined ? ok(text) : refusal(refused)
    },
  }
}

/**
 * A name that ends with the separator announces levels below it (RFC 9051 section 6.3.4); the same folder is made.
 * UTF-8 names are kept in their composed form (NFC), and the client hears which that is.
 */
export const create = withName('Create completed', makeFolder, true)

function composed(session: Session, name: string): string {
  return session.utf8 ? name.normalize('NFC') : name
}

async function tellComposed(session: Session, given: string): Promise<void> {
  const name = composed(session, given)
  if (name === given) return
  session.responder.untagged(listLine(session, await session.account.folders(), name, { oldName: given }))
}

async function makeFolder(session: Session, given: string): Promise<Refusal | undefined> {
  const refused = await session.account.create(composed(session, given))
  if (refused === undefined) await tellComposed(session, given)
  return refused
}
export const remove = withName('Delete completed', async (session, name) => {
  if (name === 'INBOX') return { refused: 'not-allowed', text: 'INBOX cannot be deleted' }
  const refused = await session.account.remove(name)
  if (refused?.refused !== 'nonexistent') return refused
  const folders = await session.account.folders()
  const isParent = folders.some(folder => folder.name.startsWith(`${name}/`))
  return isParent ? { refused: 'has-children', text: 'Only the folders below it are there' } : refused
})
export const subscribe = withName('Subscribe completed', (session, name) => session.account.subscribe(name, true))
export const unsubscribe = withName('Unsubscribe completed', (session, name) => session.account.subscribe(name, false))

export const rename: Command = {
  when: 'logged-in',
  news: 'all',
  async run(session, args) {
    args.space()
    const from = mailboxName(args)
    args.space()
    const to = mailboxName(args)
    args.end()
    const refused = await session.account.rename(from, composed(session, to))
    if (refused !== undefined) return refusal(refused)
    await tellComposed(session, to)
    return ok('Rename completed')
  },
}

interface Listed {
  readonly name: string
  readonly info: FolderInfo | undefined
}

/** The folders, and the levels above them that are no folders themselves. */
function withParents(folders: readonly FolderInfo[]): Listed[] {
  const listed = new Map<string, Listed>(folders.map(info => [info.name, { name: info.name, info }]))
  for (const { name } of folders) {
    for (let at = name.lastIndexOf('/'); at > 0; at = name.lastIndexOf('/', at - 1)) {
      const parent = name.slice(0, at)
      if (!listed.has(parent)) listed.set(parent, { name: parent, info: undefined })
    }
  }
  return [...listed.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** Names that have something below them. */
function parentsOf(folders: readonly FolderInfo[]): Set<string> {
  const parents = new Set<string>()
  for (const { name } of folders) {
    for (let at = name.lastIndexOf('/'); at > 0; at = name.lastIndexOf('/', at - 1)) parents.add(name.slice(0, at))
  }
  return parents
}

function listing(word: 'LIST' | 'LSUB'): Command {
  return {
    when: 'logged-in',
    news: 'all',
    async run(session, args) {
      args.space()
      const { reference, pattern } = listPattern(args)
      args.end()
      if (pattern === '' && word === 'LIST') {
        session.responder.untagged('LIST (\\Noselect) "/" ""')
        return ok('List completed')
      }
      const all = await session.account.folders()
      const parents = parentsOf(all)
      const wanted = reference + pattern
      const shown = word === 'LSUB' ? all.filter(folder => folder.subscribed) : all
      for (const { name, info } of withParents(shown)) {
        // A level that is no folder is only shown where the pattern stops at it.
        if ((info === undefined && !wanted.includes('%')) || !matchesPattern(name, wanted)) continue
        const attributes = info === undefined ? ['\\Noselect'] : []
        attributes.push(parents.has(name) ? '\\HasChildren' : '\\HasNoChildren')
        if (info?.specialUse) attributes.push(info.specialUse)
        session.responder.untagged(`${word} (${attributes.join(' ')}) "/" ${session.nameText(name)}`)
      }
      return ok(`${word === 'LIST' ? 'List' : 'Lsub'} completed`)
    },
  }
}

export const list = listing('LIST')
export const lsub = listing('LSUB')

const statusItems: Readonly<Record<string, (status: FolderStatus) => number>> = {
  MESSAGES: status => status.messages,
  RECENT: () => 0,
  UIDNEXT: status => status.uidNext,
  UIDVALIDITY: status => status.uidValidity,
  UNSEEN: status => status.unseen,
  DELETED: status => status.deleted,
  SIZE: status => status.sizeBytes,
  HIGHESTMODSEQ: status => status.highestModseq,
}

function statusItem(args: Cursor): string {
  const word = args.word('STATUS item')
  if (!Object.hasOwn(statusItems, word)) throw new SyntaxFault('Unknown STATUS item')
  return word
}

export const status: Command = {
  when: 'logged-in',
  news: 'all',
  async run(session, args) {
    args.space()
    const name = mailboxName(args)
    args.space()
    const items = new Set(args.list(() => statusItem(args)))
    args.end()
    if (items.size === 0) throw new SyntaxFault('STATUS item expected')
    if (name === 'INBOX' && !session.isDeltaChat) await session.releaseHeld()
    const found = await session.account.status(name)
    if ('refused' in found) return refusal(found)
    if (items.has('HIGHESTMODSEQ')) session.enableCondstore()
    const values = [...items].map(item => `${item} ${statusItems[item]?.(found) ?? 0}`)
    session.responder.untagged(`STATUS ${session.nameText(name)} (${values.join(' ')})`)
    return ok('Status completed')
  },
}
