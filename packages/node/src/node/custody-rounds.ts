/**
 * Sees to letters in custody when the node starts and for as long as it runs: a sleep that came to its end is time in
 * which it ran, a stop is none.
 */
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
  const lookAfter = async (ranMs: number) => {
    try {
      await postOffice.lookAfterCustody(ranMs)
    } catch (error) {
      if (!isAbort(error)) log.error('letters in custody could not be seen to', { reason: messageOf(error) })
    }
  }
  const run = async () => {
    await lookAfter(0)
    while (!signal.aborted) {
      await clock.sleep(roundMs, signal).catch(() => undefined)
      // A clock that does not wait, as in tests, takes nobody else's turn.
      await nextTurn()
      if (signal.aborted) return
      await lookAfter(roundMs)
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
