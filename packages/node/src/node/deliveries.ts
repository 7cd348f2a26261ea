import type { MailboxStore } from '../stores/mailbox/index.ts'

export interface Deliveries {
  readonly mailbox: MailboxStore
  /** Letters that came to people here since the node began. */
  readonly letters: () => number
}

/** Counts what comes into mailboxes: for metrics, so that nobody has to count what lies there. */
export function countingDeliveries(mailbox: MailboxStore): Deliveries {
  let letters = 0
  return {
    letters: () => letters,
    mailbox: {
      ...mailbox,
      async deliver(delivery) {
        const outcome = await mailbox.deliver(delivery)
        if (outcome === 'delivered' || outcome === 'held') letters += 1
        return outcome
      },
    },
  }
}
