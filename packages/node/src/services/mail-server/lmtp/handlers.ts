/** The decisions of an LMTP session, each of them at its command. */
import type { RandomSource } from '@posthorn/nncp'
import type { SMTPServerDataStream, SMTPServerOptions, SMTPServerSession } from 'smtp-server'
import type { Clock } from '../../../base/clock.ts'
import { messageOf, OperatingError } from '../../../base/errors.ts'
import type { Log } from '../../../base/log.ts'
import { receivedLine } from '../../../base/received.ts'
import { preceded } from '../../../stores/spool/preceded.ts'
import type { Spool } from '../../../stores/spool/spool.ts'
import { splitAddress, withAsciiDomain } from '../addresses.ts'
import type { SmtpLimits } from '../smtp/limits.ts'
import { type Reply, ReplyError, replies, replyTo } from '../smtp/replies.ts'
import type { Session, Sessions } from '../smtp/sessions.ts'
import { decider, watchPace } from '../smtp/steps.ts'
import { takeLetter } from '../smtp/transaction.ts'
import type { Submission, SubmissionDesk } from '../submission.ts'

export interface LmtpHandlerOptions {
  readonly desk: SubmissionDesk
  readonly spool: Pick<Spool, 'scratch'>
  readonly sessions: Sessions
  readonly limits: SmtpLimits
  /** Of this node. */
  readonly domain: string
  readonly random: RandomSource
  readonly clock: Clock
  readonly log: Log
}

/** No handler ever throws or leaves the library without an answer, unless the session is over. */
export function lmtpHandlers(options: LmtpHandlerOptions): SMTPServerOptions {
  const { sessions, log } = options
  const decide = decider(sessions, log)
  return {
    onConnect: (_session, answer) => answer(),
    onMailFrom: (address, session, answer) => decide(session, answer, async () => judgeSender(address.address)),
    onRcptTo: (address, session, answer) => {
      const named = session.envelope.rcptTo.map(recipient => recipient.address.toLowerCase())
      decide(session, answer, () => judgeRecipient(address.address, named, options))
    },
    onData: (stream, session, answer) => {
      const own = sessions.get(session.id)
      if (own === undefined) return
      // The library's own type knows of one text only; it takes one for each recipient (its manual, "LMTP").
      const say = answer as (error: Error | null, replies?: readonly (string | Error)[]) => void
      const settled = takeData(stream, session, { ...options, own }).then(
        outcome => {
          if (outcome === undefined) return
          say(
            null,
            outcome.map(reply => (reply.code === 250 ? reply.text : new ReplyError(reply))),
          )
        },
        (error: unknown) => {
          log.error('an LMTP session failed', { error: messageOf(error) })
          own.end(replies.storageFailed)
        },
      )
      void sessions.settle(settled)
    },
    onClose: session => sessions.close(session.id),
  }
}

/** Empty for a bounce. A sender elsewhere is only kept, as Return-Path; but a space or bracket in it would not be. */
function judgeSender(sender: string): Reply | undefined {
  return /[\p{Cc} <>]/u.test(sender) ? replies.badSender : undefined
}

async function judgeRecipient(
  address: string,
  named: readonly string[],
  { desk, limits }: LmtpHandlerOptions,
): Promise<Reply | undefined> {
  if (named.length >= limits.recipientsMax) return replies.tooManyRecipients(limits.recipientsMax)
  // The library would take it for the same one, and then owe an answer.
  if (named.includes(address.toLowerCase())) return replies.namedTwice
  const recipient = withAsciiDomain(address)
  if (/[\u0080-\uffff]/.test(recipient)) return replies.nonAscii
  if (splitAddress(recipient) === undefined) return replies.badRecipient
  const verdict = await desk.judge(recipient)
  if (verdict.kind === 'unknown-node' || (verdict.kind === 'ok' && !verdict.here)) return replies.notHere
  return replyTo(verdict)
}

interface DataOptions extends LmtpHandlerOptions {
  readonly own: Session
}

/** An answer for each recipient, in their order; `undefined` when the connection is over. */
async function takeData(
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
  options: DataOptions,
): Promise<readonly Reply[] | undefined> {
  const { own } = options
  const { mailFrom, rcptTo } = session.envelope
  const sender = mailFrom === false ? '' : withAsciiDomain(mailFrom.address)
  const recipients = rcptTo.map(recipient => withAsciiDomain(recipient.address))
  own.letter = { complete: () => stream.readableEnded, receivedBytes: () => stream.byteLength }
  const pace = new AbortController()
  const watch = watchPace(stream, pace.signal, options)
  const traceId = Buffer.from(options.random(8)).toString('hex')
  const desk = singly(options, traceId)
  const letter = { stream, by: 'lmtp', sender, recipients, traceId, signal: own.gone.signal }
  const outcome = await takeLetter({ ...options, ...letter, desk })
  pace.abort()
  await watch
  own.letter = undefined
  switch (outcome.kind) {
    case 'taken':
      return desk.replies
    case 'refused':
      return recipients.map(() => outcome.reply)
    case 'failed':
    case 'gone':
      // Not by way of the library: it would first read the rest of a letter that nobody wants any more.
      own.end(outcome.reply)
      return undefined
  }
}

/** A desk that hands a letter in for one recipient at a time, and notes what came of each. */
function singly(
  { desk, log, domain, clock }: DataOptions,
  traceId: string,
): Pick<SubmissionDesk, 'submit'> & { readonly replies: readonly Reply[] } {
  const outcomes: Reply[] = []
  return {
    replies: outcomes,
    async submit({ recipients, body: given, ...letter }: Submission) {
      const line = receivedLine({ domain, protocol: 'LMTP', id: traceId, at: clock.now() })
      const body = preceded(given, Buffer.from(line))
      let messageId = ''
      for (const recipient of recipients) {
        try {
          messageId = (await desk.submit({ ...letter, body, recipients: [recipient] })).messageId
          outcomes.push(replies.delivered(recipient))
        } catch (error) {
          const refusal = refusalOf(error)
          log.warn('an LMTP recipient did not get a letter', { answer: refusal.text, error: messageOf(error) })
          outcomes.push(refusal)
        }
      }
      return { messageId }
    },
  }
}

/** An unknown error means *later*: the letter is safe with the server that has it. */
function refusalOf(error: unknown): Reply {
  if (!(error instanceof OperatingError)) return replies.notDelivered
  if (error.code === 'mailbox-full') return replies.mailboxFullNow(error.message)
  if (error.code === 'disk-full') return replies.noRoom
  if (error.code === 'mail-loop') return replies.mailLoop(error.message)
  return error.retry === 'never' ? replies.refusedForGood(error.message) : replies.notDelivered
}
