import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { placeOf, plainAddress } from './remote.ts'
import { LoginThrottle, throttleLimits } from './throttle.ts'

class Time {
  at = 1_000_000
  now = () => this.at
}

function make(limits: Partial<typeof throttleLimits> = {}) {
  const clock = new Time()
  return { clock, throttle: new LoginThrottle({ clock, limits }) }
}

function guess(throttle: LoginThrottle, times: number, attempt: { remote: string; account: string }): void {
  for (let count = 0; count < times; count++) throttle.failed(attempt)
}

const stranger = '192.168.1.66'

describe('the login throttle', () => {
  it('forgives typing errors, then doubles the wait, up to its limit', () => {
    const { clock, throttle } = make()
    const attempt = { remote: stranger, account: 'alice' }
    guess(throttle, 4, attempt)
    expect(throttle.waitMs(attempt)).toBe(0)
    const waits = []
    for (let count = 0; count < 15; count++) {
      throttle.failed(attempt)
      const waitMs = throttle.waitMs(attempt)
      waits.push(waitMs)
      clock.at += waitMs
      expect(throttle.waitMs(attempt)).toBe(0)
    }
    expect(waits.slice(0, 4)).toEqual([1000, 2000, 4000, 8000])
    expect(Math.max(...waits)).toBe(throttleLimits.delayPerPlaceMsMax)
  })

  it('slows a place that tries many accounts', () => {
    const { throttle } = make()
    for (let count = 0; count < 8; count++) throttle.failed({ remote: stranger, account: `user${count}` })
    expect(throttle.waitMs({ remote: stranger, account: 'fresh' })).toBeGreaterThan(0)
    expect(throttle.waitMs({ remote: '192.168.1.67', account: 'fresh' })).toBe(0)
  })

  it('slows many places that try one account, but not for long: its owner may be at a new place', () => {
    const { throttle } = make()
    for (let count = 0; count < 60; count++) throttle.failed({ remote: `10.0.0.${count}`, account: 'alice' })
    const waitMs = throttle.waitMs({ remote: '10.1.1.1', account: 'alice' })
    expect(waitMs).toBe(throttleLimits.delayPerAccountMsMax)
    expect(throttle.waitMs({ remote: '10.1.1.1', account: 'bob' })).toBe(0)
  })

  it('never keeps out the owner at a known place, nor anyone on this machine', () => {
    const { throttle } = make()
    const home = { remote: '192.168.1.20', account: 'alice' }
    throttle.succeeded(home)
    guess(throttle, 100, { remote: stranger, account: 'alice' })
    guess(throttle, 100, home)
    expect(throttle.waitMs(home)).toBe(0)
    for (const remote of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1']) {
      guess(throttle, 100, { remote, account: 'alice' })
      expect(throttle.waitMs({ remote, account: 'alice' })).toBe(0)
    }
    expect(throttle.waitMs({ remote: stranger, account: 'alice' })).toBeGreaterThan(0)
  })

  it('answers wrong passwords from trusted places late, and later', () => {
    const { throttle } = make()
    const attempt = { remote: '127.0.0.1', account: 'alice' }
    const delays = Array.from({ length: 8 }, () => throttle.failed(attempt))
    expect(delays.slice(0, 3)).toEqual([250, 500, 1000])
    expect(delays.at(-1)).toBe(throttleLimits.answerDelayMsMax)
    throttle.succeeded(attempt)
    expect(throttle.failed(attempt)).toBe(250)
  })

  it('clears the record with a right password', () => {
    const { throttle } = make()
    const attempt = { remote: stranger, account: 'alice' }
    guess(throttle, 20, attempt)
    throttle.succeeded(attempt)
    expect(throttle.waitMs(attempt)).toBe(0)
    expect(throttle.waitMs({ remote: stranger, account: 'bob' })).toBe(0)
    expect(throttle.waitMs({ remote: '10.9.9.9', account: 'alice' })).toBe(0)
  })

  it('forgets after an hour, and is not confused by a clock that is set', () => {
    const { clock, throttle } = make()
    const attempt = { remote: stranger, account: 'alice' }
    guess(throttle, 40, attempt)
    clock.at -= 365 * 86_400_000
    expect(throttle.waitMs(attempt)).toBeLessThanOrEqual(throttleLimits.delayPerPlaceMsMax)
    clock.at += throttleLimits.delayPerPlaceMsMax
    expect(throttle.waitMs(attempt)).toBe(0)
    clock.at += throttleLimits.memoryMs + 1
    guess(throttle, 4, attempt)
    expect(throttle.waitMs(attempt)).toBe(0)
  })

  it('keeps its tables bounded', () => {
    const { throttle } = make({ entriesMax: 100 })
    for (let count = 0; count < 5000; count++) {
      const attempt = { remote: `10.${count >> 8}.${count & 255}.1`, account: `user${count}` }
      throttle.failed(attempt)
      if (count % 3 === 0) throttle.succeeded(attempt)
    }
    expect(throttle.entries).toBeLessThanOrEqual(400)
  })
})

describe('places', () => {
  it('are IPv4 addresses, however a socket shows them', () => {
    expect(placeOf('::ffff:192.168.1.5')).toBe(placeOf('192.168.1.5'))
    expect(plainAddress(undefined)).toBe('')
  })

  it('are networks of IPv6', () => {
    expect(placeOf('2001:db8:1:2:3:4:5:6')).toBe(placeOf('2001:DB8:1:2::9'))
    expect(placeOf('2001:db8::1')).toBe(placeOf('2001:db8:0:0:ffff::'))
    expect(placeOf('2001:db8:1:2::1')).not.toBe(placeOf('2001:db8:1:3::1'))
  })

  it('can be had of anything', () => {
    fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), address => typeof placeOf(address) === 'string'))
  })
})
