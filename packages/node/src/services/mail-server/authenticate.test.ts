import { beforeEach, describe, expect, it } from 'vitest'
import { type Authenticate, authenticator } from './authenticate.ts'
import { directoryUsers, domain, ManualClock, noAppPasswords, RecordingLog } from './fakes.ts'
import { FirstLogins } from './first-login.ts'
import { OpenLogins } from './open-logins.ts'
import { LoginThrottle } from './throttle.ts'

let clock: ManualClock
let log: RecordingLog
let stop: AbortController
let logins: OpenLogins
let appPasswords: typeof noAppPasswords
let firstLogins: FirstLogins | undefined
beforeEach(() => {
  logins = new OpenLogins()
  appPasswords = noAppPasswords
  firstLogins = undefined
  clock = new ManualClock()
  log = new RecordingLog()
  stop = new AbortController()
})

function make(verify = directoryUsers.verify): Authenticate {
  const throttle = new LoginThrottle({ clock })
  const parts = { users: { verify }, appPasswords, logins, firstLogins }
  return authenticator({ ...parts, domains: [domain, 'Camp.Example'], throttle, clock, log, signal: stop.signal })
}

const far = '192.168.7.7'
const loggedIn = { user: 'alice', address: `alice@${domain}`, appPassword: null, mark: 0 }

describe('the login', () => {
  it('takes a full address in any case under any of our domains, or a bare name', async () => {
    const authenticate = make()
    for (const name of ['alice', 'ALICE', `alice@${domain}`, ` Alice@${domain.toUpperCase()} `]) {
      expect(await authenticate(name, 'wonder land', far)).toEqual(loggedIn)
    }
    expect(await authenticate('alice@camp.example', 'wonder land', far)).toEqual({
      ...loggedIn,
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

describe('app passwords', () => {
  const password = 'app-abcd-efgh-ijkm-npqr-stuv-wxyz-2345-6789'

  it('are never given to the slow hash, right or wrong, and wrong ones are throttled', async () => {
    let asked = 0
    const used: string[] = []
    const verify = async (user: string, given: string) => (user === 'alice' && given === password ? 'abcd' : undefined)
    appPasswords = { verify, used: async (id: string) => void used.push(id) } as typeof noAppPasswords
    const authenticate = make(async () => {
      asked += 1
      return true
    })
    expect(await authenticate('alice', password, far)).toEqual({ ...loggedIn, appPassword: 'abcd' })
    expect(used).toEqual(['abcd'])
    const wrong = password.replace('6789', '6788')
    const other = '192.168.9.9'
    for (let count = 0; count < 5; count++) {
      expect(await authenticate('bob', wrong, other)).toMatchObject({ refused: 'credentials' })
    }
    expect(await authenticate('bob', wrong, other)).toMatchObject({ refused: 'throttled' })
    expect(asked).toBe(0)
  })

  it('log in although their use cannot be noted', async () => {
    const used = async () => Promise.reject(new Error('disk full'))
    appPasswords = { verify: async () => 'abcd', used } as unknown as typeof noAppPasswords
    expect(await make()('alice', password, far)).toMatchObject({ appPassword: 'abcd' })
    expect(log.lines.join()).toContain('disk full')
    expect(log.lines.join()).not.toContain('stuv')
  })
})

describe('logins that are taken back', () => {
  it('end, those with other credentials stay', async () => {
    const login = { user: 'alice', address: 'a', appPassword: null, mark: logins.mark }
    const ended: string[] = []
    logins.enter(login, () => void ended.push('password'))
    logins.enter({ ...login, appPassword: 'one' }, () => void ended.push('one'))
    const leave = logins.enter({ ...login, appPassword: 'two' }, () => void ended.push('two'))
    logins.enter({ ...login, user: 'bob' }, () => void ended.push('bob'))
    expect(await logins.end('alice', { appPassword: 'one' }, 'over')).toBe(1)
    expect(ended).toEqual(['one'])
    leave?.()
    leave?.()
    expect(await logins.end('alice', 'password', 'over')).toBe(1)
    expect(await logins.end('eve', 'all', 'over')).toBe(0)
    expect(ended).toEqual(['one', 'password'])
  })

  it('do not come in when they were taken back while the password was looked at', async () => {
    let release: (right: boolean) => void = () => {}
    const authenticate = make(() => new Promise(resolve => (release = resolve)))
    const answer = authenticate('alice', 'wonder land', far)
    await new Promise(resolve => setImmediate(resolve))
    await logins.end('alice', { appPassword: 'some' }, 'over')
    await logins.end('alice', 'password', 'over')
    release(true)
    const login = await answer
    if ('refused' in login) throw new Error('refused')
    expect(logins.enter(login, () => {})).toBeUndefined()
    expect(logins.enter({ ...login, user: 'bob' }, () => {})).toBeDefined()
    expect(logins.enter({ ...login, mark: logins.mark }, () => {})).toBeDefined()
  })
})

describe('accounts made by logging in', () => {
  const name = `qwertyuio@${domain}`
  const password = 'x'.repeat(50)
  let made: string[]
  beforeEach(() => {
    made = []
    const limits = { perPlaceMax: 2, perDayMax: 3 }
    const makeUser = async (user: string) => {
      if (made.includes(user)) return 'known'
      made.push(user)
      return 'made'
    }
    firstLogins = new FirstLogins({ limits, make: makeUser }, clock)
  })

  it('are made once, for a whole address of ours with a long name and password', async () => {
    const authenticate = make(async () => false)
    expect(await authenticate(name, password, far)).toMatchObject({ user: 'qwertyuio', address: name })
    const refused = [
      [name, password],
      ['asdfghjkl', password],
      [`asdfghjk@${domain}`, password],
      [`asdfghjkl@${domain}`, 'x'.repeat(19)],
      ['asdfghjkl@far.example', password],
    ] as const
    for (const [index, [user, word]] of refused.entries()) {
      expect(await authenticate(user, word, `10.0.0.${index}`)).toMatchObject({ refused: 'credentials' })
    }
    expect(made).toEqual(['qwertyuio'])
  })

  it('are so many a place and a day', async () => {
    const authenticate = make(async () => false)
    const attempt = (number: number, remote: string) => authenticate(`person-${number}0@${domain}`, password, remote)
    await attempt(10, '10.0.0.1')
    await attempt(11, '10.0.0.1')
    expect(await attempt(12, '10.0.0.1')).toMatchObject({ refused: 'credentials' })
    await attempt(13, '10.0.0.2')
    expect(await attempt(14, '10.0.0.3')).toMatchObject({ refused: 'credentials' })
    clock.pass(86_400_000)
    expect(await attempt(15, '10.0.0.4')).toMatchObject({ user: 'person-150' })
    expect(made).toHaveLength(4)
  })

  it('are one, when an app logs in twice at the same moment', async () => {
    const authenticate = make(async user => made.includes(user))
    const both = await Promise.all([authenticate(name, password, far), authenticate(name, password, far)])
    expect(both).toMatchObject([{ user: 'qwertyuio' }, { user: 'qwertyuio' }])
    expect(made).toEqual(['qwertyuio'])
  })

  it('are not made where nobody allowed it', async () => {
    firstLogins = undefined
    expect(await make(async () => false)(name, password, far)).toMatchObject({ refused: 'credentials' })
  })
})
