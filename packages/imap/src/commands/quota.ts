/** GETQUOTA, GETQUOTAROOT (RFC 9208), GETMETADATA and SETMETADATA (RFC 5464). */
import { binaryOfText } from '../grammar/bytes.ts'
import type { Cursor } from '../grammar/cursor.ts'
import { mailboxName } from '../grammar/names.ts'
import { quoted, quotedOrNil } from '../respond/quote.ts'
import { LimitFault, SyntaxFault } from '../session/faults.ts'
import { type Command, no, ok, refusal } from '../session/reply.ts'
import type { Session } from '../session/session.ts'

/** One root for all folders of a person. */
const ROOT = 'User quota'

/**
 * `* QUOTA …` in units of 1024 bytes. Without a limit the list is empty (RFC 2087 section 5.1); leaving the
 * root out instead makes Delta Chat complain of missing information.
 */
async function tellQuota(session: Session): Promise<void> {
  const { usedBytes, limitBytes } = await session.account.quota()
  const storage = limitBytes === null ? '' : `STORAGE ${Math.ceil(usedBytes / 1024)} ${Math.floor(limitBytes / 1024)}`
  session.responder.untagged(`QUOTA ${quoted(ROOT)} (${storage})`)
}

export const getQuotaRoot: Command = {
  when: 'logged-in',
  news: 'all',
  async run(session, args) {
    args.space()
    const name = mailboxName(args)
    args.end()
    const found = await session.account.status(name)
    if ('refused' in found) return refusal(found)
    session.responder.untagged(`QUOTAROOT ${session.nameText(name)} ${quoted(ROOT)}`)
    await tellQuota(session)
    return ok('Getquotaroot completed')
  },
}

export const getQuota: Command = {
  when: 'logged-in',
  news: 'all',
  async run(session, args) {
    args.space()
    const root = args.astringText('Quota root')
    args.end()
    if (root !== ROOT) return no('No such quota root', 'NONEXISTENT')
    await tellQuota(session)
    return ok('Getquota completed')
  },
}

/**
 * A value here would let Delta Chat send to more recipients at once than the submission takes, and send its push token.
 */
const NEVER_TOLD = '/shared/vendor/deltachat/maxsmtprecipients'

function entryName(args: Cursor): string {
  const name = args.astring('Entry')
  if (!/^\/[!-~]{1,255}$/.test(name) || /[*%"\\]/.test(name)) throw new SyntaxFault('Entry expected')
  return name
}

function entries(args: Cursor): string[] {
  const names = args.peek() === '(' ? args.list(() => entryName(args)) : [entryName(args)]
  if (names.length > args.limits.metadataEntriesMax) throw new LimitFault('metadataEntriesMax', 'Too many entries')
  if (names.length === 0) throw new SyntaxFault('Entry expected')
  return names
}

export const getMetadata: Command = {
  when: 'logged-in',
  news: 'all',
  async run(session, args) {
    args.space()
    if (args.peek() === '(') {
      // (MAXSIZE n) and (DEPTH n): values are short and have nothing below them.
      args.skipList()
      args.space()
    }
    const name = args.skip('""') ? '' : mailboxName(args)
    args.space()
    const names = entries(args)
    args.end()
    if (name !== '') {
      const found = await session.account.status(name)
      if ('refused' in found) return refusal(found)
    }
    const values = names.map(entry => {
      const key = entry.toLowerCase()
      const value = name !== '' || key === NEVER_TOLD ? null : session.options.metadata(key)
      return `${quoted(entry)} ${quotedOrNil(value === null ? null : binaryOfText(value))}`
    })
    session.responder.untagged(`METADATA ${session.nameText(name)} (${values.join(' ')})`)
    return ok('Getmetadata completed')
  },
}

/** Old and new phones send their push token this way; it is not kept. */
export const setMetadata: Command = {
  when: 'logged-in',
  news: 'all',
  async run(_session, args) {
    args.space()
    args.astring('Mailbox name')
    args.space()
    args.skipList()
    args.end()
    return no('Annotations cannot be set here', 'CANNOT')
  },
}
