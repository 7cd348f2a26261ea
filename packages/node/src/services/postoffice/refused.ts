/** Letters that could not be taken for everybody: their senders hear of it, though nobody waits for an answer. */
import { excerptOf } from './letter/excerpt.ts'
import { readHead } from './letter/header.ts'
import { isQuiet } from './letter/wishes.ts'
import type { ReportOutcome } from './reports.ts'
import type { SubmitContext, SubmittedLetter } from './submit.ts'

export interface RefusedRecipient {
  readonly address: string
  /** RFC 3463. */
  readonly status: string
  /** For people. */
  readonly text: string
}

/**
 * Once for a letter with a Message-ID and the same recipients, however often it is handed over.
 * @param letter as for `submit`; its recipients are not looked at.
 */
export async function reportRefused(
  context: Pick<SubmitContext, 'report' | 'now' | 'random'>,
  letter: SubmittedLetter,
  refused: readonly RefusedRecipient[],
): Promise<ReportOutcome> {
  const { sender: returnPath, wishes, body } = letter
  const head = await readHead(body.read())
  const recipients = refused.map(({ address }) => address)
  const name = head.messageId ?? Buffer.from(context.random(16)).toString('hex')
  return context.report({
    kind: 'failed',
    event: ['refused', name, returnPath, ...recipients].join('\n'),
    envelope: { returnPath, recipients, ...(wishes && { wishes }), quiet: isQuiet(head, wishes) },
    recipients: refused.map(({ address, status, text }) => ({ address, status, reason: text })),
    messageId: head.messageId,
    original: await excerptOf(body, wishes?.returns === 'full'),
    arrivedAt: context.now(),
  })
}
