/**
 * Notes for searches what came into people's mail, when there is time for it: deliveries go first. While letters keep
 * coming it waits, though not for ever; while they come it also makes longer pauses.
 */
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import { Hint } from '../base/hint.ts'
import type { Service } from '../base/lifecycle.ts'
import type { Log } from '../base/log.ts'
import type { MailboxStore } from '../stores/mailbox/index.ts'

const quietMs = 1000
const quietRoundsMax = 15
const pauseMs = 2
const pauseInTrafficMs = 50
/** After a failure of the disk or the database. */
const retryMs = 60_000

interface NotingOptions {
  readonly mailbox: Pick<MailboxStore, 'noteLetters' | 'onChange'>
  readonly clock: Clock
  readonly log: Log
}

export function startNoting({ mailbox, clock, log }: NotingOptions): Service {
  const stopping = new AbortController()
  const { signal } = stopping
  const hint = new Hint()
  let changes = 0
  const unsubscribe = mailbox.onChange(() => {
    changes += 1
    hint.notify()
  })
  // What the last run left.
  hint.notify()
  const sleep = (ms: number) => clock.sleep(ms, signal).catch(() => undefined)
  const quiet = async () => {
    for (let round = 0; round < quietRoundsMax && !signal.aborted; round += 1) {
      const before = changes
      await sleep(quietMs)
      if (before === changes) return
    }
  }
  const noteAll = async () => {
    try {
      for (;;) {
        const before = changes
        if (signal.aborted || !(await mailbox.noteLetters())) return
        await sleep(before === changes ? pauseMs : pauseInTrafficMs)
      }
    } catch (error) {
      log.warn('letters could not be noted for searches', { reason: messageOf(error) })
      await sleep(retryMs)
      hint.notify()
    }
  }
  const run = async () => {
    while (!signal.aborted) {
      await hint.wait(signal)
      await quiet()
      await noteAll()
    }
  }
  const running = run()
  return {
    async stop() {
      stopping.abort()
      unsubscribe()
      await running
    },
  }
}
