/** Changing messages: STORE, EXPUNGE, COPY, MOVE (RFC 6851), with their UID forms (UIDPLUS, RFC 4315). */
import type { Cursor } from '../grammar/cursor.ts'
import { flagArguments } from '../grammar/flags.ts'
import { unchangedSince } from '../grammar/modifiers.ts'
import { mailboxName } from '../grammar/names.ts'
import { sequenceSet, uidSetText } from '../grammar/sequence.ts'
import type { Flag, UidPair } from '../mailbox.ts'
import { SyntaxFault } from '../session/faults.ts'
import { type Command, destinationRefusal, doneOrGone, no, ok, type Reply } from '../session/reply.ts'
import type { Session } from '../session/session.ts'
import type { SelectedView } from '../session/view.ts'

const readOnlyReply = no('The folder was opened with EXAMINE', 'CANNOT')

type How = 'add' | 'remove' | 'replace'

function how(args: Cursor): { how: How; silent: boolean } {
  const sign = args.skip('+') ? 'add' : args.skip('-') ? 'remove' : 'replace'
  const word = args.word('FLAGS')
  if (word !== 'FLAGS' && word !== 'FLAGS.SILENT') throw new SyntaxFault('FLAGS expected')
  return { how: sign, silent: word === 'FLAGS.SILENT' }
}

function flagsAfter(before: readonly Flag[], act: How, flags: readonly Flag[]): Set<Flag> {
  if (act === 'replace') return new Set(flags)
  if (act === 'add') return new Set([...before, ...flags])
  return new Set(before.filter(flag => !flags.includes(flag)))
}

/** Of flags that are now as the client set them it hears no more. What others changed meanwhile is told. */
function keepSilent(view: SelectedView, expected: ReadonlyMap<number, Set<Flag>>): void {
  for (const [uid, flags] of expected) {
    const index = view.indexOf(uid)
    const now = index === undefined ? [] : view.row(index).flags
    if (now.length === flags.size && now.every(flag => flags.has(flag))) view.flagsKnown(uid)
  }
}

/** As the client named them: by uid or by number. */
function modifiedText(view: SelectedView, uids: readonly number[], byUid: boolean): string {
  return uidSetText(byUid ? uids : uids.map(uid => view.indexOf(uid)).flatMap(at => (at === undefined ? [] : [at + 1])))
}

export function store(byUid: boolean): Command {
  return {
    when: 'selected',
    news: byUid ? 'all' : 'no-expunge',
    async run(session, args) {
      args.space()
      const set = sequenceSet(args)
      args.space()
      const since = unchangedSince(args)
      const act = how(args)
      args.space()
      const flags = flagArguments(args)
      args.end()
      const { view } = session
      if (view.readOnly) return readOnlyReply
      if (since !== undefined) session.enableCondstore()
      // What others changed until now must be told, silent or not.
      if (act.silent) await view.refresh()
      const { uids, complete } = view.presentUids(set, byUid)
      const expected = new Map<number, Set<Flag>>()
      if (act.silent) {
        for (const uid of uids) {
          const index = view.indexOf(uid)
          if (index !== undefined && !view.hasNews(uid)) {
            expected.set(uid, flagsAfter(view.row(index).flags, act.how, flags))
          }
        }
      }
      const modified = uids.length === 0 ? [] : await view.folder.storeFlags(uids, act.how, flags, since)
      await view.refresh()
      for (const uid of modified) expected.delete(uid)
      if (act.silent) keepSilent(view, expected)
      else view.tellFlags(uids)
      // RFC 7162 section 3.1.3: silence is not meant for these, and the client need not ask why it failed.
      if (since !== undefined && act.silent) view.tellModseqs(uids)
      view.tellFlags(modified)
      const done = doneOrGone(complete || byUid, 'Store completed')
      return modified.length === 0 ? done : { ...done, code: `MODIFIED ${modifiedText(view, modified, byUid)}` }
    },
  }
}

/** RFC 7162 section 3.2.7: who resynchronises learns how far it is now. */
async function withHighest(session: Session, text: string): Promise<Reply> {
  if (!session.enabled.has('QRESYNC')) return ok(text)
  await session.view.refresh()
  return ok(text, `HIGHESTMODSEQ ${session.view.modseq}`)
}

export function expunge(byUid: boolean): Command {
  return {
    when: 'selected',
    news: 'all',
    async run(session, args) {
      if (byUid) args.space()
      const set = byUid ? sequenceSet(args) : undefined
      args.end()
      const { view } = session
      if (view.readOnly) return readOnlyReply
      const uids = set === undefined ? undefined : view.presentUids(set, true).uids
      const gone = uids?.length === 0 ? [] : await view.folder.expunge(uids ?? 'all')
      return gone.length === 0 ? ok('Expunge completed') : withHighest(session, 'Expunge completed')
    },
  }
}

function copyUid(uidValidity: number, pairs: readonly UidPair[]): string {
  const from = uidSetText(pairs.map(pair => pair.from))
  return `COPYUID ${uidValidity} ${from} ${uidSetText(pairs.map(pair => pair.to))}`
}

async function transfer(session: Session, args: Cursor, byUid: boolean, moves: boolean): Promise<Reply> {
  args.space()
  const set = sequenceSet(args)
  args.space()
  const name = mailboxName(args)
  args.end()
  const { view } = session
  if (moves && view.readOnly) return readOnlyReply
  const { uids, complete } = view.presentUids(set, byUid)
  const done = moves ? 'Move completed' : 'Copy completed'
  if (uids.length === 0) return doneOrGone(complete || byUid, done)
  const result = moves ? await view.folder.move(uids, name) : await view.folder.copy(uids, name)
  if ('refused' in result) return destinationRefusal(result)
  if (result.pairs.length === 0) return doneOrGone(byUid, done)
  const code = copyUid(result.uidValidity, result.pairs)
  if (!moves) return ok(done, code)
  // RFC 6851 section 4.3: before the expunges, not with the tagged answer.
  session.responder.status('*', 'OK', code, 'Moved')
  return withHighest(session, done)
}

export function copy(byUid: boolean): Command {
  return { when: 'selected', news: 'all', run: (session, args) => transfer(session, args, byUid, false) }
}

export function move(byUid: boolean): Command {
  return { when: 'selected', news: 'all', run: (session, args) => transfer(session, args, byUid, true) }
}
