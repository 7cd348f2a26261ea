import { expect, test } from 'vitest'
import { FairGate } from './gate.ts'

function bench(callsMax: number, callsPerUserMax: number, waitingPerUserMax = 100) {
  const gate = new FairGate({ callsMax, callsPerUserMax, waitingPerUserMax })
  const begun: string[] = []
  const ends: (() => void)[] = []
  const ask = (user: string) =>
    gate.run(user, () => {
      begun.push(user)
      return new Promise<void>(resolve => ends.push(resolve))
    })
  const settle = () => new Promise(resolve => setImmediate(resolve))
  return { gate, begun, ends, ask, settle }
}

test('people have turns: one who asks for much holds nobody up', async () => {
  const { begun, ends, ask, settle } = bench(1, 1)
  for (let call = 0; call < 3; call += 1) void ask('alice')
  void ask('bob')
  void ask('carol')
  for (let call = 0; call < 5; call += 1) {
    await settle()
    ends.shift()?.()
  }
  await settle()
  expect(begun).toEqual(['alice', 'bob', 'carol', 'alice', 'alice'])
})

test('one person has so many at once, also when there is room for more', async () => {
  const { begun, ask, settle } = bench(10, 2)
  for (let call = 0; call < 4; call += 1) void ask('alice')
  void ask('bob')
  await settle()
  expect(begun).toEqual(['alice', 'alice', 'bob'])
})

test('too much of one person is refused, with `later`, and of others not', async () => {
  const { begun, ask, settle } = bench(1, 1, 2)
  for (let call = 0; call < 3; call += 1) void ask('alice')
  await expect(ask('alice')).rejects.toMatchObject({ code: 'too-busy', retry: 'later' })
  void ask('bob')
  await settle()
  expect(begun).toEqual(['alice'])
})

test('work that fails gives its place away', async () => {
  const { gate } = bench(1, 1)
  await expect(gate.run('alice', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await gate.run('alice', async () => 1)).toBe(1)
})
