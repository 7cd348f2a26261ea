/** Commands that change folders: CREATE (with the uses of RFC 6154), DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE. */
import type { Cursor } from '../grammar/cursor.ts'
import { mailboxName } from '../grammar/names.ts'
import { type Refusal, type SpecialUse, specialUses } from '../mailbox.ts'
import { SyntaxFault } from '../session/faults.ts'
import { type Command, no, ok, refusal } from '../session/reply.ts'
import type { Session } from '../session/session.ts'
import { listLine } from './list-line.ts'

function withName(text: string, act: (session: Session, name: string) => Promise<Refusal | undefined>): Command {
  return {
    when: 'logged-in',
    news: 'all',
    async run(session, args) {
      args.space()
      const name = mailboxName(args)
      args.end()
      const refused = await act(session, name)
      return refused === undefined ? ok(text) : refusal(refused)
    },
  }
}

function composed(session: Session, name: string): string {
  return session.utf8 ? name.normalize('NFC') : name
}

async function tellComposed(session: Session, given: string): Promise<void> {
  const name = composed(session, given)
  if (name === given) return
  session.responder.untagged(listLine(session, await session.account.folders(), name, { oldName: given }))
}

/** A use in its one spelling; undefined for those that no folder of ours can have. */
export function knownUse(word: string): SpecialUse | undefined {
  return specialUses.find(use => use.toLowerCase() === word.toLowerCase())
}

/** ` (USE (\Sent))` (RFC 6154 section 3). @throws SyntaxFault */
function usesAsked(args: Cursor): string[] {
  if (!args.skip(' ')) return []
  args.expect('(USE ', 'USE')
  const uses = args.list(() => args.flag())
  args.expect(')', 'End of the parameters')
  if (uses.some(use => !use.startsWith('\\'))) throw new SyntaxFault('Special use expected')
  return uses
}

/**
 * A name that ends with the separator announces levels below it (RFC 9051 section 6.3.4); the same folder is made.
 * UTF-8 names are kept in their composed form (NFC), and the client hears which that is.
 */
export const create: Command = {
  when: 'logged-in',
  news: 'all',
  async run(session, args) {
    args.space()
    const name = mailboxName(args, true)
    const asked = usesAsked(args)
    args.end()
    const [use, another] = asked.map(knownUse)
    if (another !== undefined || asked.length > 1) return no('A folder has one special use at most', 'USEATTR')
    if (asked.length > 0 && use === undefined) return no('No folder here can have this special use', 'USEATTR')
    const refused = await session.account.create(composed(session, name), use ?? null)
    if (refused !== undefined) return refusal(refused)
    await tellComposed(session, name)
    return ok('Create completed')
  },
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
