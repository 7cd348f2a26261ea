/**
 * Seed 30127: a node was killed after it had given a letter its name in a Maildir, before that name was on the disk.
 * Started again it found the letter, called the one that was brought again a duplicate, and sent its receipt; the power
 * cut that came then took the letter.
 *
 * Seed 30182: a letter left and was delivered after the backup of its sender's node was made. The node was restored,
 * and when its user took the letter back it was said never to have left.
 */
import { expect, it } from 'vitest'
import { runSeed } from '../run.ts'

it('a letter that a killed program named is on the disk before its receipt is sent', async () => {
  expect((await runSeed(30127)).violations).toEqual([])
})

it('a restored node does not say of what it had that it never left', async () => {
  expect((await runSeed(30182)).violations).toEqual([])
})
