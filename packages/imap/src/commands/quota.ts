/** GETQUOTA, GETQUOTAROOT and SETQUOTA (RFC 9208, which reads on as RFC 2087 for older clients). */
import { mailboxName } from '../grammar/names.ts'
import { quoted } from '../respond/quote.ts'
import { type Command, no, ok, refusal } from '../session/reply.ts'
import type { Session } from '../session/session.ts'

/** One root for all folders of a person. */
const ROOT = 'User quota'

/**
 * `* QUOTA …`, storage in units of 1024 bytes. What has no limit is not in the list; an empty list (RFC 2087 section
 * 5.1) is still an answer, and leaving the root out instead makes Delta Chat complain of missing information.
 */
async function tellQuota(session: Session): Promise<void> {
  const { usedBytes, limitBytes, usedMessages, limitMessages } = await session.account.quota()
  const resources: string[] = []
  if (limitBytes !== null) resources.push(`STORAGE ${Math.ceil(usedBytes / 1024)} ${Math.floor(limitBytes / 1024)}`)
  if (limitMessages !== null) resources.push(`MESSAGE ${usedMessages} ${limitMessages}`)
  session.responder.untagged(`QUOTA ${quoted(ROOT)} (${resources.join(' ')})`)
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

/** Limits are set by whoever runs the node, not by those whom they bind. */
export const setQuota: Command = {
  when: 'logged-in',
  news: 'all',
  async run(_session, args) {
    args.space()
    args.astring('Quota root')
    args.space()
    args.skipList()
    args.end()
    return no('Ask whoever runs this node for more room', 'NOPERM')
  },
}
