import { expect, test } from 'vitest'
import { HandClock } from '../base/hand-clock.ts'
import { silentLog } from '../base/log.ts'
import { nextTurn } from '../base/turn.ts'
import { startFetchedNotes } from './fetched-notes.ts'

async function settle(): Promise<void> {
  for (let turns = 0; turns < 5; turns += 1) await nextTurn()
}

test('what was fetched is noted a moment later, all at once, also after a failure and at the end', async () => {
  const clock = new HandClock()
  let hint = (): void => undefined
  const answers: (number | Error)[] = [0, new Error('the disk is full'), 0]
  let notes = 0
  const fetched = {
    onFetched(listener: () => void) {
      hint = listener
    },
    async note() {
      notes += 1
      const answer = answers.shift() ?? 0
      if (answer instanceof Error) throw answer
      return answer
    },
  }
  const service = startFetchedNotes({ mailbox: { fetched }, clock, log: silentLog })
  for (const expected of [1, 2]) {
    hint()
    hint()
    await settle()
    expect(notes).toBe(expected - 1)
    clock.pass(1000)
    await settle()
    expect(notes).toBe(expected)
  }
  hint()
  await settle()
  await service.stop()
  expect(notes).toBe(3)
})
