import { describe, expect, it } from 'vitest'
import { HandClock } from '../courier/fixture.ts'
import { Gate } from './gate.ts'
import { pairingLimits } from './limits.ts'
import { turn } from './rig.ts'

const { conversationsMax, conversationsPerOriginMax, callsPerMinuteMax, callsPerMinuteAndOriginMax } = pairingLimits

function gate() {
  const clock = new HandClock()
  return { clock, gate: new Gate(clock, new AbortController().signal) }
}

describe('the gate', () => {
  it('one origin cannot keep out others, and all together are bounded', () => {
    const { gate: at } = gate()
    for (let count = 0; count < conversationsPerOriginMax; count += 1) expect(at.admit('one')).toBe(true)
    expect(at.admit('one')).toBe(false)
    for (let count = conversationsPerOriginMax; count < conversationsMax; count += 1) {
      expect(at.admit(`other ${count}`)).toBe(true)
    }
    expect(at.admit('late')).toBe(false)
    at.left('one')
    expect(at.admit('late')).toBe(true)
  })

  it('calls in a minute are bounded, for one origin and in all, and a minute later they are forgotten', async () => {
    const { clock, gate: at } = gate()
    const calls = (origin: string) => {
      const admitted = at.admit(origin)
      if (admitted) at.left(origin)
      return admitted
    }
    for (let count = 0; count < callsPerMinuteAndOriginMax; count += 1) expect(calls('one')).toBe(true)
    expect(calls('one')).toBe(false)
    for (let count = callsPerMinuteAndOriginMax; count < callsPerMinuteMax; count += 1) {
      expect(calls(`other ${count}`)).toBe(true)
    }
    expect(calls('late')).toBe(false)
    clock.pass(60_000)
    await turn()
    expect([calls('one'), calls('late')]).toEqual([true, true])
  })
})
