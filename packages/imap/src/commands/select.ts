/** Opening and leaving a folder: SELECT, EXAMINE, CLOSE, UNSELECT. */
import { systemFlags } from '../grammar/flags.ts'
import { mailboxName } from '../grammar/names.ts'
import { type Command, ok, type Reply, refusal } from '../session/reply.ts'
import type { Session } from '../session/session.ts'
import { SelectedView } from '../session/view.ts'

async function select(session: Session, name: string, readOnly: boolean): Promise<Reply> {
  session.select(undefined)
  if (name === 'INBOX' && !session.isDeltaChat) await session.releaseHeld()
  const folder = await session.account.open(name)
  if ('refused' in folder) return refusal(folder)
  const view = new SelectedView(folder, readOnly, session.limits)
  try {
    // UIDNEXT first: Delta Chat never loads what lies below it, so a message that comes meanwhile must not.
    const status = await folder.status()
    await view.refresh()
    const { responder } = session
    responder.untagged(view.flagsLine())
    const settable = readOnly ? [] : [...systemFlags, '\\*']
    responder.status('*', 'OK', `PERMANENTFLAGS (${settable.join(' ')})`, 'Flags permitted')
    responder.untagged(`${view.count} EXISTS`)
    responder.untagged('0 RECENT')
    const unseen = view.firstUnseen()
    if (unseen !== undefined) responder.status('*', 'OK', `UNSEEN ${unseen}`, 'First unseen')
    responder.status('*', 'OK', `UIDVALIDITY ${status.uidValidity}`, 'UIDs valid')
    responder.status('*', 'OK', `UIDNEXT ${status.uidNext}`, 'Predicted next UID')
    view.allTold()
  } catch (error) {
    view.close()
    throw error
  }
  session.select(view)
  return readOnly ? ok('Examine completed', 'READ-ONLY') : ok('Select completed', 'READ-WRITE')
}

function opening(readOnly: boolean): Command {
  return {
    when: 'logged-in',
    news: 'none',
    async run(session, args) {
      args.space()
      const name = mailboxName(args)
      // (CONDSTORE) and the like of clients that do not look at the capabilities.
      if (args.skip(' ')) args.skipList()
      args.end()
      return select(session, name, readOnly)
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
