/** Opening and leaving a folder: SELECT, EXAMINE, CLOSE, UNSELECT; with QRESYNC, what changed since last time. */
import { systemFlags } from '../grammar/flags.ts'
import { type KnownState, type SelectParameters, selectParameters } from '../grammar/modifiers.ts'
import { mailboxName } from '../grammar/names.ts'
import { SyntaxFault } from '../session/faults.ts'
import { type Command, ok, type Reply, refusal } from '../session/reply.ts'
import type { Session } from '../session/session.ts'
import { SelectedView } from '../session/view.ts'
import { listLine } from './list-line.ts'
import { matchedUid, tellChangedSince } from './resync.ts'

async function describe(session: Session, view: SelectedView): Promise<number> {
  // UIDNEXT first: Delta Chat never loads what lies below it, so a message that comes meanwhile must not.
  const { uidNext, uidValidity } = await view.folder.status()
  const folders = session.rev2 ? await session.account.folders() : []
  await view.refresh()
  const { responder } = session
  responder.untagged(view.flagsLine())
  const settable = view.readOnly ? [] : [...systemFlags, '\\*']
  responder.status('*', 'OK', `PERMANENTFLAGS (${settable.join(' ')})`, 'Flags permitted')
  responder.untagged(`${view.count} EXISTS`)
  if (session.rev2) responder.untagged(listLine(session, folders, view.folder.name))
  else {
    // Both are gone from IMAP4rev2 (RFC 9051 appendix E).
    responder.untagged('0 RECENT')
    const unseen = view.firstUnseen()
    if (unseen !== undefined) responder.status('*', 'OK', `UNSEEN ${unseen}`, 'First unseen')
  }
  responder.status('*', 'OK', `UIDVALIDITY ${uidValidity}`, 'UIDs valid')
  responder.status('*', 'OK', `UIDNEXT ${uidNext}`, 'Predicted next UID')
  view.tellHighest(responder)
  view.allTold()
  return uidValidity
}

async function resynchronise(session: Session, view: SelectedView, known: KnownState): Promise<void> {
  const uidsAbove = known.match === undefined ? 0 : matchedUid(view, known.match.sequences, known.match.uids)
  await tellChangedSince(session, view, { since: known.modseq, uids: known.uids, uidsAbove })
}

async function select(
  session: Session,
  name: string,
  how: SelectParameters & { readonly readOnly: boolean },
): Promise<Reply> {
  if (session.state === 'selected') session.responder.status('*', 'OK', 'CLOSED', 'The folder before is closed')
  session.select(undefined)
  if (name === 'INBOX' && !session.isDeltaChat) await session.releaseHeld()
  const folder = await session.account.open(name)
  if ('refused' in folder) return refusal(folder)
  const view = new SelectedView(folder, how.readOnly, session.limits)
  try {
    const uidValidity = await describe(session, view)
    if (how.condstore) session.enableCondstore()
    if (how.known?.uidValidity === uidValidity) await resynchronise(session, view, how.known)
  } catch (error) {
    view.close()
    throw error
  }
  session.select(view)
  return how.readOnly ? ok('Examine completed', 'READ-ONLY') : ok('Select completed', 'READ-WRITE')
}

function opening(readOnly: boolean): Command {
  return {
    when: 'logged-in',
    news: 'none',
    async run(session, args) {
      args.space()
      const name = mailboxName(args)
      const parameters = selectParameters(args)
      if (parameters.known !== undefined && !session.enabled.has('QRESYNC'))
        throw new SyntaxFault('Enable QRESYNC first')
      return select(session, name, { ...parameters, readOnly })
    },
  }
}

export const selectCommand = opening(false)
export const examine = opening(true)

function leaving(expunges: boolean, text: string): Command {
  return {
    when: 'selected',
    news: 'none',
    async run(session, args) {
      args.end()
      const { view } = session
      if (expunges && !view.readOnly) await view.folder.expunge('all')
      session.select(undefined)
      return ok(text)
    },
  }
}

/** CLOSE expunges without a word (RFC 9051 section 6.4.1); Delta Chat deletes this way. */
export const close = leaving(true, 'Close completed')
export const unselect = leaving(false, 'Unselect completed')
