/**
 * STATUS (RFC 9051 section 6.3.11), with SIZE (RFC 8438), DELETED and DELETED-STORAGE (RFC 9208) and APPENDLIMIT
 * (RFC 7889).
 */
import type { Cursor } from '../grammar/cursor.ts'
import { mailboxName } from '../grammar/names.ts'
import type { FolderStatus, Refusal } from '../mailbox.ts'
import { SyntaxFault } from '../session/faults.ts'
import { type Command, ok, refusal } from '../session/reply.ts'
import type { Session } from '../session/session.ts'

interface Counted {
  readonly status: FolderStatus
  readonly deleted: { readonly messages: number; readonly sizeBytes: number }
  readonly appendBytesMax: number
}

const statusItems: Readonly<Record<string, (counted: Counted) => number>> = {
  MESSAGES: ({ status }) => status.messages,
  RECENT: () => 0,
  UIDNEXT: ({ status }) => status.uidNext,
  UIDVALIDITY: ({ status }) => status.uidValidity,
  UNSEEN: ({ status }) => status.unseen,
  SIZE: ({ status }) => status.sizeBytes,
  HIGHESTMODSEQ: ({ status }) => status.highestModseq,
  DELETED: ({ status }) => status.deleted,
  // RFC 9208 section 5.1: octets, though quota itself is told in units of 1024.
  'DELETED-STORAGE': ({ deleted }) => deleted.sizeBytes,
  APPENDLIMIT: ({ appendBytesMax }) => appendBytesMax,
}

function statusItem(args: Cursor): string {
  const word = args.word('STATUS item')
  if (!Object.hasOwn(statusItems, word)) throw new SyntaxFault('Unknown STATUS item')
  return word
}

/** `(MESSAGES UNSEEN)` @throws SyntaxFault */
export function statusArguments(args: Cursor): ReadonlySet<string> {
  const items = new Set(args.list(() => statusItem(args)))
  if (items.size === 0) throw new SyntaxFault('STATUS item expected')
  return items
}

/** The answer for one folder, without its line end. */
export async function statusLine(
  session: Session,
  name: string,
  items: ReadonlySet<string>,
): Promise<string | Refusal> {
  if (name === 'INBOX' && !session.isDeltaChat) await session.releaseHeld()
  const status = await session.account.status(name)
  if ('refused' in status) return status
  let deleted = { messages: 0, sizeBytes: 0 }
  if (items.has('DELETED') || items.has('DELETED-STORAGE')) {
    const folder = await session.account.open(name)
    if ('refused' in folder) return folder
    deleted = await folder.deleted()
  }
  if (items.has('HIGHESTMODSEQ')) session.enableCondstore()
  const counted = { status, deleted, appendBytesMax: session.limits.appendBytesMax }
  const values = [...items].map(item => `${item} ${statusItems[item]?.(counted) ?? 0}`)
  return `STATUS ${session.nameText(name)} (${values.join(' ')})`
}

export const status: Command = {
  when: 'logged-in',
  news: 'all',
  async run(session, args) {
    args.space()
    const name = mailboxName(args)
    args.space()
    const items = statusArguments(args)
    args.end()
    const line = await statusLine(session, name, items)
    if (typeof line !== 'string') return refusal(line)
    session.responder.untagged(line)
    return ok('Status completed')
  },
}
