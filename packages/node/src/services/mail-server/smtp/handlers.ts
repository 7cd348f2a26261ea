/** The decisions of a submission session, each of them at its command. */
import type {
  SMTPServerAddress,
  SMTPServerAuthentication,
  SMTPServerDataStream,
  SMTPServerOptions,
  SMTPServerSession,
} from 'smtp-server'
import { present } from '../../../base/assert.ts'
import type { Clock } from '../../../base/clock.ts'
import { messageOf } from '../../../base/errors.ts'
import type { Log } from '../../../base/log.ts'
import type { Spool } from '../../../stores/spool/spool.ts'
import { belongsTo, splitAddress, withAsciiDomain } from '../addresses.ts'
import type { Authenticate } from '../authenticate.ts'
import type { OpenLogins } from '../open-logins.ts'
import type { SubmissionDesk } from '../submission.ts'
import type { SmtpLimits } from './limits.ts'
import { type Reply, ReplyError, replies, replyTo } from './replies.ts'
import type { Session, Sessions } from './sessions.ts'
import { type Answer, decider, watchPace } from './steps.ts'
import type { StorageGate } from './storage-gate.ts'
import { takeLetter } from './transaction.ts'
import { judgeEnvelopeId, judgeOriginalRecipient, wishesOf } from './wishes.ts'

export interface HandlerOptions {
  readonly desk: SubmissionDesk
  readonly authenticate: Authenticate
  readonly logins: OpenLogins
  readonly domains: readonly string[]
  readonly spool: Pick<Spool, 'scratch'>
  readonly sessions: Sessions
  readonly gate: StorageGate
  readonly limits: SmtpLimits
  readonly clock: Clock
  readonly log: Log
}

/** No handler ever throws or leaves the library without an answer, unless the session is over. */
export function handlers(options: HandlerOptions): SMTPServerOptions {
  const { sessions, log } = options

  const decide = decider(sessions, log)

  return {
    onConnect: (_session, answer) => answer(),
    onSecure: (socket, session, answer) => {
      const own = sessions.get(session.id)
      if (own !== undefined) own.socket = socket
      // The end of a TLS session is the end of both its halves.
      socket.allowHalfOpen = false
      answer()
    },
    onAuth: (auth, session, answer) => {
      const say: Answer = error => answer(error, { user: sessions.get(session.id)?.login?.user })
      decide(session, say, own => logIn(auth, own, options))
    },
    onMailFrom: (address, session, answer) => decide(session, answer, own => judgeSender(address, own, options)),
    onRcptTo: (address, session, answer) => {
      const count = session.envelope.rcptTo.length
      decide(session, answer, () => judgeRecipient(address, count, options))
    },
    onData: (stream, session, answer) => {
      const own = sessions.get(session.id)
      if (own === undefined) return
      const taking = takeData(stream, session, { ...options, own })
      const settled = taking.then(
        reply => {
          if (reply?.code === 250) answer(null, reply.text)
          else if (reply !== undefined) answer(new ReplyError(reply))
        },
        (error: unknown) => {
          log.error('a submission session failed', { error: messageOf(error) })
          own.end(replies.storageFailed)
        },
      )
      void sessions.settle(settled)
    },
    onClose: session => sessions.close(session.id),
  }
}

async function logIn(
  auth: SMTPServerAuthentication,
  own: Session,
  options: HandlerOptions,
): Promise<Reply | undefined> {
  const { authenticate, domains, gate, limits, logins } = options
  const answer = await authenticate(auth.username ?? '', auth.password ?? '', own.remote)
  if ('refused' in answer) {
    if (answer.refused === 'unavailable') return replies.loginUnavailable(answer.text)
    own.loginFailures += 1
    if (own.loginFailures >= limits.loginFailuresMax) return replies.tooManyGuesses
    return answer.refused === 'throttled' ? replies.throttled(answer.text) : replies.credentials(answer.text)
  }
  // RFC 4616: `authzid` names whom to act as. Some clients put the user name there, and nothing else is allowed here.
  const actsAs = (auth.authzid ?? '').trim().toLowerCase()
  if (actsAs !== '' && actsAs !== answer.user && !belongsTo(actsAs, answer.user, domains)) return replies.otherIdentity
  if (!(await gate.isOpen(answer.user))) return replies.storageFull
  const leave = logins.enter(answer, () => own.dismiss(replies.loginTakenBack))
  if (leave === undefined) return replies.loginTakenBack
  own.gone.signal.addEventListener('abort', leave, { once: true })
  own.login = answer
  return undefined
}

async function judgeSender(
  address: SMTPServerAddress,
  own: Session,
  options: HandlerOptions,
): Promise<Reply | undefined> {
  const login = own.login
  if (login === undefined) return replies.loginFirst
  if (address.address === '') return replies.noSender
  const sender = withAsciiDomain(address.address)
  const isOwn = belongsTo(sender, login.user, options.domains)
  const mine = isOwn || (splitAddress(sender) !== undefined && (await options.desk.maySendAs(login.user, sender)))
  return mine ? judgeEnvelopeId(address) : replies.otherSender(login.address)
}

async function judgeRecipient(
  address: SMTPServerAddress,
  count: number,
  options: HandlerOptions,
): Promise<Reply | undefined> {
  const { desk, limits } = options
  if (count >= limits.recipientsMax) return replies.tooManyRecipients(limits.recipientsMax)
  const recipient = withAsciiDomain(address.address)
  if (/[\u0080-\uffff]/.test(recipient)) return replies.nonAscii
  if (splitAddress(recipient) === undefined) return replies.badRecipient
  return judgeOriginalRecipient(address) ?? replyTo(await desk.judge(recipient))
}

interface DataOptions extends HandlerOptions {
  readonly own: Session
}

/** `undefined` when the connection is over, or the last word was said already. */
async function takeData(
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
  options: DataOptions,
): Promise<Reply | undefined> {
  const { own, gate, sessions } = options
  const login = present(own.login, 'the login of a session with a letter')
  const { mailFrom, rcptTo } = session.envelope
  const sender = mailFrom === false ? '' : withAsciiDomain(mailFrom.address)
  const recipients = rcptTo.map(recipient => withAsciiDomain(recipient.address))
  const wishes = wishesOf(session.envelope)
  own.letter = { complete: () => stream.readableEnded, receivedBytes: () => stream.byteLength }
  const pace = new AbortController()
  const watch = watchPace(stream, pace.signal, options)
  const letter = { stream, by: login.user, login: login.user, sender, recipients, wishes, signal: own.gone.signal }
  const outcome = await takeLetter({ ...options, ...letter })
  pace.abort()
  await watch
  own.letter = undefined
  switch (outcome.kind) {
    case 'taken':
      gate.succeeded(login.user)
      return outcome.reply
    case 'refused':
      return outcome.reply
    case 'failed':
      gate.failed(login.user, outcome.sizeBytes)
      // Not by way of the library: it would first read the rest of a letter that nobody wants any more.
      sessions.endAll(login.user, outcome.reply)
      return undefined
    case 'gone':
      own.end(replies.stopping)
      return undefined
  }
}
