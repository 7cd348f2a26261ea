/** A simulation that finds nothing proves nothing: faults planted into the product must be found, and soon. */
import { describe, expect, it } from 'vitest'
import type { MailboxStore } from '../../packages/node/src/stores/mailbox/index.ts'
import type { Spool } from '../../packages/node/src/stores/spool/index.ts'
import { runSeed } from './run.ts'
import type { Scenario } from './scenario.ts'
import { over } from './stores.ts'
import type { Plants } from './world.ts'

/** Others than those of the sound product, so that neither is made for the other. */
const seedsMax = 12
const firstSeed = 1001

/** Custody until receipt would make good what these do. */
const withoutReceipts = (scenario: Scenario): Scenario => ({
  ...scenario,
  withoutCards: scenario.nodes.map(({ number }) => number),
})

async function firstViolation(plants: Plants, adjust = (scenario: Scenario) => scenario): Promise<string> {
  for (let seed = firstSeed; seed < firstSeed + seedsMax; seed += 1) {
    const [violation] = (await runSeed(seed, { plants, adjust })).violations
    if (violation !== undefined) return violation
  }
  return 'none was found'
}

/** The spool with one operation of its outbox or inbox replaced. */
function withOutbox(spool: Spool, change: (outbox: Spool['outbox']) => Partial<Spool['outbox']>): Spool {
  return over(spool, { outbox: over(spool.outbox, change(spool.outbox)) })
}

function withInbox(spool: Spool, change: (inbox: Spool['inbox']) => Partial<Spool['inbox']>): Spool {
  return over(spool, { inbox: over(spool.inbox, change(spool.inbox)) })
}

describe('a planted fault is found', () => {
  it('an outbox that says it has committed, and sometimes has not', async () => {
    let commits = 0
    const spool = (real: Spool) =>
      withOutbox(real, outbox => ({
        commit: async (packets, heard) => {
          commits += 1
          if (commits % 5 !== 0) await outbox.commit(packets, heard)
        },
      }))
    // With the packet its journey is lost, which stands in the same commit.
    expect(await firstViolation({ spool })).toMatch(/neither there nor reported|accepted and has no journey/)
  })

  it('a courier that lets go of letters once a copy was made', async () => {
    const spool = (real: Spool) =>
      withOutbox(real, outbox => ({
        copied: async (id, medium, at) => {
          await outbox.copied(id, medium, at)
          await outbox.release(id, at)
        },
      }))
    expect(await firstViolation({ spool }, withoutReceipts)).toMatch(/neither there nor reported/)
  })

  it('a mailbox that does not know what it was given before', async () => {
    const mailbox = (real: MailboxStore) =>
      over(real, {
        deliver: delivery => {
          const deliveryId = `${delivery.deliveryId}${count()}`
          return real.deliver({ ...delivery, messageId: null, deliveryId })
        },
      })
    expect(await firstViolation({ mailbox })).toMatch(/ has .* 2 times/)
  })

  it('a mailbox that says it has a letter, and has not', async () => {
    let deliveries = 0
    const mailbox = (real: MailboxStore) =>
      over(real, {
        deliver: async delivery => {
          deliveries += 1
          return deliveries % 7 === 0 ? 'delivered' : real.deliver(delivery)
        },
      })
    expect(await firstViolation({ mailbox })).toMatch(/neither there nor reported|called delivered/)
  })

  it('a mailbox that changes bytes', async () => {
    const mailbox = (real: MailboxStore) =>
      over(real, {
        deliver: delivery => {
          const { body } = delivery
          const read = async function* () {
            for await (const chunk of body.read()) yield chunk.map(byte => (byte === 0x51 ? 0x52 : byte))
          }
          return real.deliver({ ...delivery, body: { sizeBytes: body.sizeBytes, read } })
        },
      })
    expect(await firstViolation({ mailbox })).toMatch(/other bytes/)
  })

  it('an inbox that says it has a packet, and sometimes has not', async () => {
    let commits = 0
    const spool = (real: Spool) =>
      withInbox(real, inbox => ({
        commit: async packet => {
          commits += 1
          return commits % 4 === 0 ? 'new' : inbox.commit(packet)
        },
      }))
    expect(await firstViolation({ spool }, withoutReceipts)).toMatch(/neither there nor reported/)
  })
})

let counted = 0
function count(): number {
  counted += 1
  return counted
}
