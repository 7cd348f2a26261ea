/**
 * Seed 14 is a world without any fault. A node with two folders put its acks into the one that was at hand first and
 * let go of them, although it led elsewhere. Each duplicate made another ack, which went the same way; whoever waited
 * for it kept its packets for ever.
 */
import { expect, it } from 'vitest'
import { runSeed } from '../run.ts'

it('acks are not let go of in a folder that leads elsewhere', async () => {
  for (const seed of [14, 30]) expect((await runSeed(seed)).violations).toEqual([])
})
