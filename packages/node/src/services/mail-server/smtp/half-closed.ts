/**
 * Clients that close their half with the last word: Exim sends the end of a letter and QUIT at once, closes its half of
 * the connection, and waits for the answers. Without them it would send the letter again and again.
 */
import type { Socket } from 'node:net'
import type { Clock } from '../../../base/clock.ts'
import { isAbort } from '../../../base/errors.ts'
import type { Session } from './sessions.ts'

/** So long answers may take to what was said last, and the rest of a letter to be read from what has come. */
const patienceMs = 1000

/** For sockets with `allowHalfOpen`: what has come in full is still answered, and then the connection ends. */
export function hearOut(socket: Socket, session: Session, clock: Pick<Clock, 'sleep'>): void {
  // The library answers `open` sockets only; one whose other half is closed has another state.
  Object.defineProperty(socket, 'readyState', { get: () => (socket.writable ? 'open' : 'closed') })
  socket.once('end', () => {
    waitForAnswers(session, clock).then(
      () => (socket.writable ? socket.destroySoon() : socket.destroy()),
      error => {
        if (!isAbort(error)) throw error
      },
    )
  })
}

/** @throws AbortError when the connection is over. */
async function waitForAnswers(session: Session, clock: Pick<Clock, 'sleep'>): Promise<void> {
  for (let receivedBytes = -1; ; ) {
    await clock.sleep(patienceMs, session.gone.signal)
    if (session.letter === undefined) return
    // A letter that is not complete will never be, once all that has come is read.
    if (!session.letter.complete() && session.letter.receivedBytes() === receivedBytes) return
    receivedBytes = session.letter.receivedBytes()
  }
}
