/**
 * Letters whose bytes are on the disk and that wait for their turn in a person's mail. All that wait are let in
 * together, so that they cost one fsync of the directory and one commit, not one each.
 *
 * They also fail together: whoever brought them hears of it and brings them again.
 */
import { join } from 'node:path'
import { present } from '../../base/assert.ts'
import { removeQuietly } from '../files/index.ts'
import type { Arrival } from '../journeys/journeys.ts'
import { heldFile } from './file-name.ts'
import { inboxName } from './folder-name.ts'
import type { FolderRecord } from './mail-index.ts'
import type { Delivery } from './mailbox.ts'
import { type Arriving, publish } from './publish.ts'
import type { UserMail } from './user-mail.ts'

export type Outcome = 'delivered' | 'held' | 'duplicate'

export interface Letter {
  readonly letter: Arriving
  /** What tells that it was delivered before. */
  readonly hashes: readonly string[]
  readonly delivery: Delivery
}

interface Waiting extends Letter {
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: unknown) => void
}

const waitingFor = new WeakMap<UserMail, Waiting[]>()

/** Resolves when the letter is in its place and the index knows it. */
export function letInWithOthers(mail: UserMail, letter: Letter): Promise<Outcome> {
  const waiting = waitingFor.get(mail) ?? []
  waitingFor.set(mail, waiting)
  return new Promise((resolve, reject) => {
    waiting.push({ ...letter, resolve, reject })
    // With others before it a turn is asked for already.
    if (waiting.length === 1) void takeTurn(mail, waiting)
  })
}

async function takeTurn(mail: UserMail, waiting: Waiting[]): Promise<void> {
  let batch: readonly Waiting[] = []
  try {
    const outcomes = await mail.change(() => {
      batch = waiting.splice(0)
      return letIn(mail, batch)
    })
    for (const [position, { resolve }] of batch.entries()) {
      resolve(present(outcomes[position], 'the outcome of a delivery'))
    }
  } catch (error) {
    // A turn that never came has left them where they were.
    for (const { reject } of batch.length > 0 ? batch : waiting.splice(0)) reject(error)
  }
}

/** What is noted of the way by which a letter came. */
export function arrivalOf({ user, messageId, at, came }: Delivery): Arrival | undefined {
  return came === undefined || messageId === null ? undefined : { user, messageId, at, ...came }
}

async function letIn(mail: UserMail, batch: readonly Letter[]): Promise<Outcome[]> {
  const { index, fetched, noteArrival } = mail.context
  const isReady = index.isReady(mail.name)
  const known = new Set<string>()
  const fresh: Letter[] = []
  const outcomes = batch.map((waiting): Outcome => {
    const { hashes } = waiting
    if (index.wasDelivered(hashes) || hashes.some(hash => known.has(hash))) return 'duplicate'
    for (const hash of hashes) known.add(hash)
    fresh.push(waiting)
    return isReady ? 'delivered' : 'held'
  })
  if (fresh.length === 0) return outcomes
  const arriving = fresh.map(({ letter }) => letter)
  const remember = () => {
    index.rememberDelivery(mail.name, [...known])
    for (const { letter, delivery } of fresh) {
      const { traced, at } = delivery
      if (traced !== undefined) fetched.delivered(letter.key, traced, at)
      const arrival = arrivalOf(delivery)
      if (arrival !== undefined) noteArrival(arrival)
    }
  }
  if (isReady) await publish(mail, inboxOf(mail), { arriving, undo: 'remove', also: remember })
  else await hold(mail, arriving, remember)
  return outcomes
}

async function hold(mail: UserMail, letters: readonly Arriving[], remember: () => void): Promise<void> {
  const { files, index } = mail.context
  const { next, count, sizeBytes } = mail.held
  const named: string[] = []
  try {
    for (const letter of letters) {
      const path = join(mail.heldPath(), heldFile(letter, next + named.length))
      await files.rename(letter.path, path)
      mail.writing.delete(letter.path)
      named.push(path)
    }
    await files.syncDirectory(join(mail.heldPath(), 'new'))
    await index.commit(remember)
  } catch (error) {
    for (const path of named) await removeQuietly(files, path)
    throw error
  }
  const added = letters.reduce((sum, letter) => sum + letter.sizeBytes, 0)
  mail.held = { next: next + letters.length, count: count + letters.length, sizeBytes: sizeBytes + added }
}

export function inboxOf(mail: UserMail): FolderRecord {
  return present(mail.context.index.folder(mail.name, inboxName), 'the INBOX of a user')
}
