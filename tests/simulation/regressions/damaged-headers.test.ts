/**
 * Seed 235: a bit flipped in the header of a packet that a relay had put on the only stick, in the part that names its
 * sender. It looked like a stranger's, was left there for ever, and kept its place from a whole copy.
 */
import { expect, it } from 'vitest'
import { runSeed } from '../run.ts'

it('a packet whose damaged header names a stranger does not keep whole copies from the stick', async () => {
  expect((await runSeed(235)).violations).toEqual([])
})
