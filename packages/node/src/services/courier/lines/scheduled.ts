/** Calls at the times of a schedule. The clock may be set: one call makes good what was missed, nothing is doubled. */
import type { Clock } from '../../../base/clock.ts'
import { cronTimes } from '../cron.ts'

/** How long is slept at once: after so long a clock that was set is noticed. */
const sleepMsMax = 60_000

/** Resolves when the signal fires. `call` must not reject. */
export async function callAtTimes(
  cron: string,
  { clock, signal, call }: { clock: Clock; signal: AbortSignal; call: () => Promise<void> },
): Promise<void> {
  const times = cronTimes(cron)
  let from = clock.now()
  let due = times.next(from)
  while (!signal.aborted) {
    const now = clock.now()
    const isDue = due !== undefined && now >= due
    if (isDue) await call()
    if (isDue || now < from) {
      from = clock.now()
      due = times.next(from)
    } else {
      const delayMs = due === undefined ? sleepMsMax : Math.min(due - now, sleepMsMax)
      await clock.sleep(delayMs, signal).catch(() => undefined)
    }
  }
}
