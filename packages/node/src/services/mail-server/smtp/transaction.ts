/**
 * One letter, from its first byte to the answer. Whatever goes wrong, nothing of it stays in the spool; a yes is only
 * said when the desk has it in custody.
 */
import type { Readable } from 'node:stream'
import { isAbort, messageOf, OperatingError } from '../../../base/errors.ts'
import type { Log } from '../../../base/log.ts'
import type { DeliveryWishes, Scratch, Spool } from '../../../stores/spool/index.ts'
import type { SubmissionDesk } from '../submission.ts'
import { LetterCheck, type LetterFault } from './letter-check.ts'
import type { SmtpLimits } from './limits.ts'
import { type Reply, replies } from './replies.ts'

export interface LetterOptions {
  readonly stream: Readable
  /** Who hands it in, for the log. */
  readonly by: string
  /** Of its `Received:` line, for the log. */
  readonly traceId?: string
  readonly sender: string
  /** Whoever has proven to be that. */
  readonly login?: string
  readonly recipients: readonly string[]
  readonly wishes?: DeliveryWishes | undefined
  readonly desk: Pick<SubmissionDesk, 'submit'>
  readonly spool: Pick<Spool, 'scratch'>
  readonly limits: SmtpLimits
  readonly log: Log
  /** The server is being stopped, or the client took too long. */
  readonly signal: AbortSignal
}

export type LetterOutcome =
  | { readonly kind: 'taken'; readonly reply: Reply }
  /** The client's letter is at fault; all of it has been read. */
  | { readonly kind: 'refused'; readonly reply: Reply }
  /** The client is not there any more, or was sent away. */
  | { readonly kind: 'gone'; readonly reply: Reply }
  /** This node could not; some of the letter may be unread. `sizeBytes` is what storing it takes. */
  | { readonly kind: 'failed'; readonly reply: Reply; readonly sizeBytes: number }

/** Each recipient may cost a copy of its own; a trial of more than this would only wear the disk. */
const copiesMax = 4
const overheadBytes = 64 * 1024

/** Never rejects. */
export async function takeLetter(options: LetterOptions): Promise<LetterOutcome> {
  const { stream, by, traceId, sender, login, recipients, wishes, limits, log } = options
  const check = new LetterCheck(limits)
  const found: { fault: LetterFault | undefined } = { fault: undefined }
  let scratch: Scratch | undefined
  try {
    scratch = await options.spool.scratch(checked(stream, check, found), {
      signal: options.signal,
      sizeBytesMax: limits.messageBytesMax,
    })
    const submission = { sender, ...(login && { login }), recipients, body: scratch, ...(wishes && { wishes }) }
    const { messageId } = await options.desk.submit(submission)
    const facts = {
      messageId,
      by,
      ...(traceId && { traceId }),
      recipients: recipients.length,
      sizeBytes: scratch.sizeBytes,
    }
    log.info('letter taken', facts)
    return { kind: 'taken', reply: replies.taken(printable(messageId)) }
  } catch (error) {
    const outcome = found.fault === undefined ? failure(error, options, check.bytes) : faulty(found.fault, limits)
    const facts = { by, answer: outcome.reply.text, sizeBytes: check.bytes, error: messageOf(error) }
    if (outcome.kind === 'failed') log.warn('letter not taken: this node could not', facts)
    else log.info(outcome.kind === 'gone' ? 'letter not taken: it did not come in full' : 'letter refused', facts)
    return outcome
  } finally {
    await scratch
      ?.discard()
      .catch((error: unknown) => log.warn('scratch was not discarded', { error: messageOf(error) }))
  }
}

/** After a fault the rest is read and dropped: the client only listens when it has said everything. */
async function* checked(
  stream: Readable,
  check: LetterCheck,
  found: { fault: LetterFault | undefined },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    if (found.fault !== undefined) continue
    found.fault = check.take(chunk)
    if (found.fault === undefined) yield chunk
  }
  found.fault ??= check.end()
  if (found.fault !== undefined)
    throw new OperatingError('The letter was refused.', { code: found.fault, retry: 'never' })
}

function faulty(fault: LetterFault, limits: SmtpLimits): LetterOutcome {
  switch (fault) {
    case 'bare-line-end':
      return { kind: 'refused', reply: replies.bareLineEnd }
    case 'header-too-large':
      return { kind: 'refused', reply: replies.headerTooLarge(limits.headerBytesMax) }
    case 'message-too-large':
      return { kind: 'refused', reply: replies.messageTooLarge(limits.messageBytesMax) }
  }
}

/** An unknown error means *later*: the letter is safe with its client. */
function failure(error: unknown, options: LetterOptions, letterBytes: number): LetterOutcome {
  const copies = Math.min(options.recipients.length + 1, copiesMax)
  const sizeBytes = letterBytes * copies + overheadBytes
  const cut = options.stream.destroyed && !options.stream.readableEnded
  if (cut || options.signal.aborted || isAbort(error)) return { kind: 'gone', reply: replies.stopping }
  if (error instanceof OperatingError && error.retry === 'never') {
    return { kind: 'refused', reply: refusalOf(error) }
  }
  const full = error instanceof OperatingError && error.code === 'disk-full'
  return { kind: 'failed', reply: full ? replies.storageFull : replies.storageFailed, sizeBytes }
}

function refusalOf({ code, message }: OperatingError): Reply {
  if (code === 'mail-loop') return replies.mailLoop(message)
  return code === 'mailbox-full' ? replies.mailboxFull(message) : replies.refusedForGood(message)
}

/** A Message-ID comes from the letter: nothing but plain characters may stand in our answer. */
function printable(messageId: string): string {
  return messageId.replace(/[^\x21-\x7e]/g, '?').slice(0, 200)
}
