import { beforeEach, describe, expect, it } from 'vitest'
import { type Authenticate, authenticator } from './authenticate.ts'
import { directoryUsers, domain, ManualClock, RecordingLog } from './fakes.ts'
import { LoginThrottle } from './throttle.ts'

let clock: ManualClock
let log: RecordingLog
let stop: AbortController
beforeEach(() => {
  clock = new ManualClock()
  log = new RecordingLog()
  stop = new AbortController()
})

function make(verify = directoryUsers.verify): Authenticate {
  const throttle = new LoginThrottle({ clock })
  return authenticator({
    users: { verify },
    domains: [domain, 'Camp.Example'],
    throttle,
    clock,
    log,
    signal: stop.signal,
  })
}

const far = '192.168.7.7'

describe('the login', () => {
  it('takes a full address in any case under any of our domains, or a bare name', async () => {
    const authenticate = make()
    for (const name of ['alice', 'ALICE', `alice@${domain}`, ` Alice@${domain.toUpperCase()} `]) {
      expect(await authenticate(name, 'wonder land', far)).toEqual({ user: 'alice', address: `alice@${domain}` })
    }
    expect(await authenticate('alice@camp.example', 'wonder land', far)).toEqual({
      user: 'alice',
      address: 'alice@camp.example',
    })
  })

  it('refuses everything else with the same words', async () => {
    const authenticate = make()
    const words = { refused: 'credentials', text: 'The user name or the password is wrong.' }
    const names = [
      'alice@other.alt',
      `alice@x@${domain}`,
      `bob@${domain}`,
      '',
      '@',
      `${'a'.repeat(300)}@${domain}`,
      'al ice',
      'älice',
    ]
    for (const [index, name] of names.entries()) {
      expect(await authenticate(name, 'wonder land', `10.0.0.${index}`)).toEqual(words)
    }
    for (const password of ['', 'wonder', 'x'.repeat(10_000)]) {
      expect(await authenticate('alice', password, far)).toEqual(words)
    }
    expect(log.lines.join()).not.toContain('wonder')
  })

  it('never reaches the directory with a password of megabytes, nor with a throttled one', async () => {
    let asked = 0
    const authenticate = make(async () => {
      asked += 1
      return false
    })
    await authenticate('alice', 'x'.repeat(1_000_000), far)
    expect(asked).toBe(0)
    for (let count = 0; count < 50; count++) await authenticate('alice', 'no', far)
    expect(asked).toBeLessThan(8)
    expect(await authenticate('alice', 'no', far)).toMatchObject({ refused: 'throttled' })
  })

  it('looks at two passwords at a time, and keeps a bounded queue', async () => {
    let running = 0
    let most = 0
    const release: (() => void)[] = []
    const authenticate = make(async () => {
      running += 1
      most = Math.max(most, running)
      await new Promise<void>(resolve => release.push(resolve))
      running -= 1
      return true
    })
    const all = Array.from({ length: 80 }, () => authenticate('alice', 'x', '127.0.0.1'))
    const answers: unknown[] = []
    for (const one of all) void one.then(answer => answers.push(answer))
    while (answers.length < 80) {
      release.shift()?.()
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(most).toBe(2)
    expect(answers.filter(answer => JSON.stringify(answer).includes('unavailable')).length).toBe(80 - 2 - 64)
  })

  it('says that it cannot know when the directory fails, and does not count that as a guess', async () => {
    const authenticate = make(async () => {
      throw new Error('disk I/O error')
    })
    for (let count = 0; count < 20; count++) {
      expect(await authenticate('alice', 'wonder land', far)).toMatchObject({ refused: 'unavailable' })
    }
    expect(log.lines.join()).toContain('disk I/O error')
  })

  it('holds back the answer to wrong passwords on this machine, and lets go at a stop', async () => {
    const authenticate = make()
    const answer = authenticate('alice', 'no', '127.0.0.1')
    while (clock.sleeping === 0) await new Promise(resolve => setImmediate(resolve))
    clock.pass(250)
    expect(await answer).toMatchObject({ refused: 'credentials' })
    const last = authenticate('alice', 'no', '127.0.0.1')
    while (clock.sleeping === 0) await new Promise(resolve => setImmediate(resolve))
    stop.abort()
    expect(await last).toMatchObject({ refused: 'unavailable' })
  })
})
