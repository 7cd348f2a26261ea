/**
 * A page is of one person. When they sign out, or another signs in in the same browser, the page itself is thrown away
 * and a new one begins at the start: so nothing that any room of it remembers is shown to the next one.
 */
import type { SessionView } from '@posthorn/api'
import { showNobody, signOut } from '../api/index.ts'
import { takeBackNotices } from './notifications.ts'
import { outbox } from './outbox/index.ts'

let parting: Promise<unknown> = Promise.resolve()

/** Signs out, and forgets what waits here. Fails when the node did not do it; then nothing is forgotten. */
export async function leave(session: SessionView): Promise<void> {
  const parted = part(session)
  // The node closes the socket of the page at once, which ends the page: not before all is forgotten.
  parting = parted.catch(() => undefined)
  await parted
  showNobody(session)
}

async function part({ user }: SessionView): Promise<void> {
  await signOut()
  if (user !== null) await outbox.forget(user.name)
}

/** A new page in the place of this one. */
export async function beginAnew(): Promise<void> {
  await parting
  await takeBackNotices().catch(() => undefined)
  window.location.replace('/')
}
