/** Steps of a session that submission and LMTP share. */
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server'
import type { Clock } from '../../../base/clock.ts'
import { isAbort, messageOf } from '../../../base/errors.ts'
import type { Log } from '../../../base/log.ts'
import type { SmtpLimits } from './limits.ts'
import { type Reply, ReplyError, replies } from './replies.ts'
import type { Session, Sessions } from './sessions.ts'

export type Answer = (error?: Error | null) => void

/**
 * Answers with what a decision says, `undefined` being yes. What fails unexpectedly is this node's fault, and ends the
 * connection. A session that is over gets no answer.
 */
export function decider(sessions: Sessions, log: Log) {
  return (session: SMTPServerSession, answer: Answer, decision: (own: Session) => Promise<Reply | undefined>): void => {
    const own = sessions.get(session.id)
    if (own === undefined) return
    decision(own).then(
      refusal => answer(refusal === undefined ? null : new ReplyError(refusal)),
      (error: unknown) => {
        log.error('a submission session failed', { error: messageOf(error) })
        answer(new ReplyError(replies.storageFailed))
      },
    )
  }
}

export interface PaceOptions {
  readonly clock: Clock
  readonly limits: Pick<SmtpLimits, 'dataMsMax' | 'dataBytesPerSecondMin'>
  readonly own: Session
}

/** Time is counted by waiting, not by the clock: one that is put right meanwhile must not cut a letter off. */
export async function watchPace(
  stream: SMTPServerDataStream,
  signal: AbortSignal,
  options: PaceOptions,
): Promise<void> {
  const { clock, limits, own } = options
  let waitedMs = 0
  try {
    for (;;) {
      const allowedMs = limits.dataMsMax + (stream.byteLength / limits.dataBytesPerSecondMin) * 1000
      if (waitedMs >= allowedMs) break
      await clock.sleep(allowedMs - waitedMs, signal)
      if (stream.readableEnded) return
      waitedMs = allowedMs
    }
  } catch (error) {
    if (isAbort(error)) return
    throw error
  }
  own.end(replies.dataTooSlow)
  own.gone.abort()
}
