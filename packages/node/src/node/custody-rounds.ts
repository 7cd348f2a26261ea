/** Sees to letters in custody for as long as the node runs: a sleep that came to its end is time in which it ran. */
import type { Clock } from '../base/clock.ts'
import { isAbort, messageOf } from '../base/errors.ts'
import type { Service } from '../base/lifecycle.ts'
import type { Log } from '../base/log.ts'
import { nextTurn } from '../base/turn.ts'
import type { PostOffice } from '../services/postoffice/index.ts'

const minuteMs = 60_000

interface CustodyRoundsOptions {
  readonly postOffice: Pick<PostOffice, 'lookAfterCustody'>
  readonly clock: Clock
  readonly log: Log
  /** Between two rounds. Default: a minute. */
  readonly roundMs?: number
}

export function startCustodyRounds({ postOffice, clock, log, roundMs = minuteMs }: CustodyRoundsOptions): Service {
  const stopping = new AbortController()
  const { signal } = stopping
  const run = async () => {
    while (!signal.aborted) {
      await clock.sleep(roundMs, signal).catch(() => undefined)
      // A clock that does not wait, as in tests, takes nobody else's turn.
      await nextTurn()
      if (signal.aborted) return
      try {
        await postOffice.lookAfterCustody(roundMs)
      } catch (error) {
        if (!isAbort(error)) log.error('letters in custody could not be seen to', { reason: messageOf(error) })
      }
    }
  }
  const running = run()
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}
