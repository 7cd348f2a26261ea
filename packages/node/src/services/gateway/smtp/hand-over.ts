/**
 * One letter to a mail server: SMTP (RFC 5321) or LMTP (RFC 2033), with the sender's wishes where the server knows them
 * (RFC 3461).
 *
 * It promises: a recipient is `done` only when the server said so after the last dot; a letter whose bytes cannot be
 * read to their end is never ended by a dot; answers that came before the line was lost count. When it is lost between
 * the dot and the answer nobody knows, and the letter will be sent once more.
 */
import { isAbort, messageOf } from '../../../base/errors.ts'
import type { Handover } from '../../../stores/queue/index.ts'
import type { Body } from '../../../stores/spool/spool.ts'
import { smtpClientLimits } from '../limits.ts'
import type { HandedOver, Verdict } from '../verdict.ts'
import { mailParameters, recipientParameters } from './parameters.ts'
import { type Reply, statusOf, textOf } from './reply.ts'
import { type MailServer, openSession, type Session } from './session.ts'
import { dotStuffed } from './stuffing.ts'
import type { WireOptions } from './wire.ts'

export interface LetterForServer {
  readonly handover: Handover
  readonly body: Body
  /** What this node calls itself. */
  readonly name: string
}

/** Rejects with an AbortError only. */
export async function handToServer(
  server: MailServer,
  letter: LetterForServer,
  options: WireOptions,
): Promise<HandedOver> {
  const verdicts = new Map<string, Verdict>()
  const remoteMta = 'host' in server.at ? server.at.host : 'localhost'
  let session: Session
  try {
    session = await openSession(server, letter.name, options)
  } catch (error) {
    if (isAbort(error)) throw error
    return { verdicts, unreachable: `${server.url}: ${messageOf(error)}`, tellsSenders: false }
  }
  const tellsSenders = session.extensions.has('DSN')
  try {
    await converse(session, server.protocol, letter, verdicts)
    session.wire.close('QUIT\r\n')
    return { verdicts, tellsSenders, remoteMta }
  } catch (error) {
    session.wire.close()
    if (isAbort(error)) throw error
    return { verdicts, cut: messageOf(error), tellsSenders, remoteMta }
  }
}

async function converse(
  session: Session,
  protocol: MailServer['protocol'],
  { handover, body }: LetterForServer,
  verdicts: Map<string, Verdict>,
): Promise<void> {
  const { wire, extensions } = session
  const { envelope } = handover
  const { recipients } = envelope
  const forAll = (reply: Reply) => {
    for (const address of recipients) if (!verdicts.has(address)) verdicts.set(address, verdictOf(reply))
  }
  const sizeBytesMax = Number(extensions.get('SIZE') ?? 0)
  if (sizeBytesMax > 0 && body.sizeBytes > sizeBytesMax) {
    const text = `5.3.4 The letter is larger than the ${sizeBytesMax} bytes that this server takes`
    return forAll({ code: 552, lines: [text] })
  }

  const from = `MAIL FROM:<${envelope.returnPath}>${mailParameters(envelope, body.sizeBytes, extensions)}`
  const to = recipients.map(address => `RCPT TO:<${address}>${recipientParameters(envelope, address, extensions)}`)
  const answers = asker(session, [from, ...to])
  const mail = await answers()
  const accepted: string[] = []
  for (const address of recipients) {
    if (mail.code !== 250) {
      // Sent along with it: the server has answered these too.
      if (extensions.has('PIPELINING')) await answers()
      continue
    }
    const reply = await answers()
    if (isYes(reply)) accepted.push(address)
    else verdicts.set(address, verdictOf(tooMany(reply)))
  }
  if (mail.code !== 250) return forAll(mail)
  if (accepted.length === 0) return

  await wire.send('DATA\r\n')
  const go = await wire.reply(smtpClientLimits.dataMsMax)
  // A yes would be one to something else: the letter must not be taken for commands.
  if (go.code !== 354) return forAll(isYes(go) ? { code: 451, lines: [`4.5.0 DATA was answered ${textOf(go)}`] } : go)
  for await (const piece of dotStuffed(body.read())) await wire.write(piece, smtpClientLimits.dataMsMax)
  if (protocol === 'smtp') return forAll(await wire.reply(smtpClientLimits.takenMsMax))
  // RFC 2033 §4.2: one answer for each recipient that was accepted, in their order.
  for (const address of accepted) verdicts.set(address, verdictOf(await wire.reply(smtpClientLimits.takenMsMax)))
}

/** Asks all at once where the server allows it (RFC 2920), else one by one. */
function asker({ wire, extensions }: Session, lines: readonly string[]): () => Promise<Reply> {
  const pipelined = extensions.has('PIPELINING')
  let next = 0
  return async () => {
    if (!pipelined) await wire.send(`${lines[next]}\r\n`)
    else if (next === 0) await wire.send(`${lines.join('\r\n')}\r\n`)
    next += 1
    return wire.reply(smtpClientLimits.commandMsMax)
  }
}

/** RFC 5321 §4.5.3.1.10: 552 to a recipient means too many of them, and so not now. */
function tooMany(reply: Reply): Reply {
  return reply.code === 552 && statusOf(reply) === '5.0.0' ? { ...reply, code: 452 } : reply
}

function isYes({ code }: Reply): boolean {
  return code >= 200 && code < 300
}

function verdictOf(reply: Reply): Verdict {
  const text = textOf(reply)
  // RFC 5321 §4.2.1, and 530: that this node should log in is no fault of the letter.
  const isNever = reply.code >= 500 && reply.code !== 530
  const kind = isYes(reply) ? 'done' : isNever ? 'failed' : 'later'
  return { kind, status: statusOf(reply), reason: text, diagnostic: `smtp; ${text}` }
}
