/** Sees what became of letters when it happens, and holds what is said of them against it. */

import type { MailboxStore } from '../../packages/node/src/stores/mailbox/index.ts'
import { outcomes, type ReceiptItem, type Spool } from '../../packages/node/src/stores/spool/index.ts'
import type { Recipient, SimulatedLetter } from './letters.ts'
import { over } from './stores.ts'

const saysDelivered: ReadonlySet<number> = new Set([outcomes.delivered, outcomes.fetched])

export class Witness {
  readonly violations: string[] = []
  readonly #letters: () => readonly SimulatedLetter[]
  /** Node, user, Message-ID. */
  readonly #delivered = new Set<string>()

  constructor(letters: () => readonly SimulatedLetter[]) {
    this.#letters = letters
  }

  mailbox(store: MailboxStore, node: number): MailboxStore {
    return over(store, {
      deliver: async delivery => {
        const outcome = await store.deliver(delivery)
        if (outcome !== 'full') this.#delivered.add(`${node} ${delivery.user} ${delivery.messageId}`)
        return outcome
      },
    })
  }

  /** Whether it was ever in one of the mailboxes of this recipient. */
  saw({ messageId }: SimulatedLetter, { mailboxes }: Recipient): boolean {
    return mailboxes.some(({ node, user }) => this.#delivered.has(`${node} ${user} ${messageId}`))
  }

  /** Custody ends only of what is in the mailboxes, or of what is said not to be. */
  spool(spool: Spool): Spool {
    const receipted: Spool['custody']['receipted'] = async batch => {
      const kept = await Promise.all(batch.items.map(({ letter }) => spool.custody.get(letter)))
      const answer = await spool.custody.receipted(batch)
      for (const { id } of answer.ended) {
        const place = batch.items.findIndex(({ letter }) => letter === id)
        const [letter, item] = [kept[place], batch.items[place]]
        if (letter !== undefined && item !== undefined) {
          this.#judge(letter.messageId, letter.envelope.recipients, item)
        }
      }
      return answer
    }
    return over(spool, { custody: over(spool.custody, { receipted }) })
  }

  #judge(messageId: string | null, addresses: readonly string[], item: ReceiptItem): void {
    const letter = this.#letters().find(one => one.messageId === messageId)
    for (const [place, address] of addresses.entries()) {
      const recipient = letter?.recipients.find(one => one.address === address)
      if (recipient?.kind !== 'user' || !saysDelivered.has(item.outcomes[place] ?? 0)) continue
      for (const { node, user } of recipient.mailboxes) {
        if (this.#delivered.has(`${node} ${user} ${messageId}`)) continue
        this.violations.push(`custody of ${messageId} ended, and ${address} never had it`)
      }
    }
  }
}
