/** ENABLE (RFC 5161, RFC 9051 section 6.3.1): extensions that change what the server sends. */
import { type Command, ok } from '../session/reply.ts'
import type { Enabled, Session } from '../session/session.ts'

function switchOn(session: Session, word: string): Enabled | undefined {
  if (word === 'QRESYNC' || word === 'CONDSTORE') {
    if (session.enabled.has(word)) return undefined
    if (word === 'QRESYNC') session.enabled.add('QRESYNC')
    return word
  }
  if ((word !== 'IMAP4REV2' && word !== 'UTF8=ACCEPT') || session.enabled.has(word)) return undefined
  session.enabled.add(word)
  return word
}

/** What is not known is passed over (RFC 5161 section 3.1). */
export const enable: Command = {
  when: 'logged-in',
  news: 'all',
  async run(session, args) {
    const words: string[] = []
    do {
      args.space()
      words.push(args.word('Capability'))
    } while (!args.atEnd)
    const enabled = words.map(word => switchOn(session, word)).filter(word => word !== undefined)
    const names = [...new Set(enabled)].map(word => (word === 'IMAP4REV2' ? 'IMAP4rev2' : word))
    session.responder.untagged(['ENABLED', ...names].join(' '))
    if (names.includes('CONDSTORE') || names.includes('QRESYNC')) session.enableCondstore()
    return ok('Enable completed')
  },
}
