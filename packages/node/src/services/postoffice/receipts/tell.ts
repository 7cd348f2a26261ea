/**
 * What receipts said is told to senders: `delivered` to those who asked to hear of success (RFC 3461), and what was
 * refused or came too late to everybody. What a node could not deliver it reports by itself. Of what had been given up
 * only that it arrived after all is told, to those who heard of the other.
 */
import { type OutcomeName, outcomes, type ReceiptNews, type Spool } from '../../../stores/spool/index.ts'
import { postofficeLimits } from '../limits.ts'
import { type ReportContext, report } from '../reports.ts'

interface Words {
  readonly kind: 'delivered' | 'failed' | 'expired' | 'arrived'
  readonly status: string
  readonly reason: string
}

const words: Readonly<Partial<Record<OutcomeName, Words>>> = {
  delivered: { kind: 'delivered', status: '2.1.5', reason: 'The node there confirms that it was delivered' },
  fetched: { kind: 'delivered', status: '2.1.5', reason: 'The node there confirms that it was delivered and fetched' },
  refused: { kind: 'failed', status: '5.7.1', reason: 'The node there did not accept it, and has set it aside' },
  expired: {
    kind: 'expired',
    status: '5.4.7',
    reason: 'It was older than its lifetime when it came to the node there',
  },
}

/** All that there is; rejects when something could not be told, which then is told another time. */
export async function tellReceipts(context: ReportContext & { readonly spool: Spool }): Promise<void> {
  const { custody } = context.spool
  for (;;) {
    const page = await custody.news(postofficeLimits.waitingAtOnceMax)
    for (const news of page) {
      for (const kind of ['delivered', 'failed', 'expired', 'arrived'] as const) await tellOne(context, news, kind)
      await custody.forgetNews([news.sequence])
    }
    if (page.length === 0) return
  }
}

async function tellOne(
  context: ReportContext,
  { id, messageId, envelope, at, outcomes: each, afterAll }: ReceiptNews,
  kind: Words['kind'],
): Promise<void> {
  const recipients = envelope.recipients.flatMap((address, index) => {
    const name = (Object.keys(outcomes) as OutcomeName[]).find(one => outcomes[one] === each[index])
    const said = name && words[name]
    if (said === undefined) return []
    const { status, reason } = said
    const told = said.kind === 'delivered' && afterAll ? 'arrived' : said.kind
    return told === kind && (told === 'arrived' || !afterAll) ? [{ address, status, reason }] : []
  })
  if (recipients.length === 0) return
  // Of the end of its lifetime this node may have told already, by its own calendar.
  const event = `${kind === 'expired' ? 'expired' : 'receipt'}\n${id}`
  await report(context, { kind, event, envelope, recipients, messageId, original: null, arrivedAt: at })
}
