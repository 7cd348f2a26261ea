import { expect, test } from 'vitest'
import { HandClock } from '../base/hand-clock.ts'
import { silentLog } from '../base/log.ts'
import { nextTurn } from '../base/turn.ts'
import { startNoting } from './noting.ts'

function fakeMailbox(answers: (boolean | Error)[]) {
  let listener = (): void => undefined
  const mailbox = {
    calls: 0,
    listening: true,
    change: () => listener(),
    async noteLetters() {
      mailbox.calls += 1
      const answer = answers.shift() ?? false
      if (answer instanceof Error) throw answer
      return answer
    },
    onChange(given: () => void) {
      listener = given
      return () => {
        mailbox.listening = false
      }
    },
  }
  return mailbox
}

async function settle(): Promise<void> {
  for (let turns = 0; turns < 5; turns += 1) await nextTurn()
}

async function pass(clock: HandClock, ms: number): Promise<void> {
  clock.pass(ms)
  await settle()
}

test('what the last run left is noted; then every change waits for a quiet second', async () => {
  const clock = new HandClock()
  const mailbox = fakeMailbox([true, false])
  const noting = startNoting({ mailbox, clock, log: silentLog })
  await settle()
  expect(mailbox.calls).toBe(0)
  await pass(clock, 1000)
  expect(mailbox.calls).toBe(1)
  await pass(clock, 2)
  expect(mailbox.calls).toBe(2)
  mailbox.change()
  await settle()
  await pass(clock, 999)
  mailbox.change()
  await pass(clock, 1)
  expect(mailbox.calls).toBe(2)
  await pass(clock, 1000)
  expect(mailbox.calls).toBe(3)
  await noting.stop()
  expect(mailbox.listening).toBe(false)
})

test('letters that never stop coming are noted all the same', async () => {
  const clock = new HandClock()
  const mailbox = fakeMailbox([])
  const noting = startNoting({ mailbox, clock, log: silentLog })
  await settle()
  for (let second = 0; second < 15; second += 1) {
    mailbox.change()
    await pass(clock, 1000)
  }
  expect(mailbox.calls).toBe(1)
  await noting.stop()
})

test('after a failure it tries again a minute later', async () => {
  const clock = new HandClock()
  const mailbox = fakeMailbox([new Error('the disk is full')])
  const noting = startNoting({ mailbox, clock, log: silentLog })
  await settle()
  await pass(clock, 1000)
  expect(mailbox.calls).toBe(1)
  await pass(clock, 60_000)
  await pass(clock, 1000)
  expect(mailbox.calls).toBe(2)
  await noting.stop()
})
