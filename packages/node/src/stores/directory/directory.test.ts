import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { turnCalendar } from '../database/calendar.ts'
import { type Database, openDatabase } from '../database/database.ts'
import { scratchDirectory } from '../files/scratch-directory.ts'
import { directoryContract } from './contract.ts'
import { areasContract } from './contract-areas.ts'
import { joiningContract } from './contract-joining.ts'
import { peopleContract } from './contract-people.ts'
import { webContract } from './contract-web.ts'
import { directoryLimits } from './limits.ts'
import { openDirectory } from './open-directory.ts'
import { LoginMemory, passwordHasher } from './password.ts'

const at = 1_700_000_000_000
const quick = { random: randomBytes, scryptLogCost: 4 }

function freshDatabase(): Database {
  const database = openDatabase(':memory:')
  onTestFinished(() => database.close())
  return database
}

directoryContract('on SQLite', () => openDirectory({ database: freshDatabase(), ...quick }))
areasContract('on SQLite', () => openDirectory({ database: freshDatabase(), ...quick }))
peopleContract('on SQLite', () => openDirectory({ database: freshDatabase(), ...quick }))
webContract('on SQLite', () => openDirectory({ database: freshDatabase(), ...quick }))
joiningContract('on SQLite', async () => {
  const database = freshDatabase()
  let now = at
  return {
    directory: await openDirectory({ database, ...quick }),
    passDays: async days => {
      for (let day = 0; day < days; day += 1) {
        now += 86_400_000
        await turnCalendar(database, now)
      }
    },
  }
})

test('what it resolved for is there after the file is opened again', async () => {
  const path = join(await scratchDirectory(), 'test.db')
  const first = openDatabase(path)
  await (await openDirectory({ database: first, ...quick })).users.add('bob', 'secret', at)
  first.close()
  const second = openDatabase(path)
  const { users } = await openDirectory({ database: second, ...quick })
  expect(await users.verify('bob', 'secret')).toBe(true)
  second.close()
})

describe('passwords', () => {
  test('are kept as PHC strings of scrypt, salted, and nowhere in clear', async () => {
    const database = freshDatabase()
    const { users } = await openDirectory({ database, random: randomBytes })
    await users.add('bob', 'the same', at)
    const { password } = database.get<{ password: string }>('SELECT password FROM users') ?? { password: '' }
    expect(password).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(await users.verify('bob', 'the same')).toBe(true)
    const hasher = passwordHasher(randomBytes, 4)
    expect(await hasher.hash('x')).not.toBe(await hasher.hash('x'))
  })

  test('a hash of RFC 7914 is understood', async () => {
    // RFC 7914 §12, the second vector: N=1024, r=8, p=16, salt "NaCl".
    const hex =
      'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162' +
      '2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640'
    const base64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')
    const stored = `$scrypt$ln=10,r=8,p=16$${base64(Buffer.from('NaCl'))}$${base64(Buffer.from(hex, 'hex'))}`
    const hasher = passwordHasher(randomBytes, 4)
    expect(await hasher.verify('password', stored)).toBe(true)
    expect(await hasher.verify('passwor', stored)).toBe(false)
  })

  test('an unknown user and an endless password cost a hash too, and are wrong', async () => {
    const hasher = passwordHasher(randomBytes, 4)
    expect(await hasher.verify('', undefined)).toBe(false)
    const long = 'x'.repeat(directoryLimits.passwordBytesMax + 1)
    expect(await hasher.verify(long, await hasher.hash(long))).toBe(false)
    expect(await hasher.verify(long, await hasher.hash(''))).toBe(false)
  })

  test('guesses in a flood are turned away, to be tried later; the rest are answered', async () => {
    const hasher = passwordHasher(randomBytes, 4)
    const { hashesAtOnceMax, hashesWaitingMax } = directoryLimits
    const stored = await hasher.hash('right')
    const guesses = Array.from({ length: hashesAtOnceMax + hashesWaitingMax + 5 }, () => hasher.verify('right', stored))
    const outcomes = await Promise.allSettled(guesses)
    const refused = outcomes.filter(outcome => outcome.status === 'rejected')
    expect(refused).toHaveLength(5)
    expect(refused[0]?.reason).toMatchObject({ code: 'login-busy', retry: 'later' })
    expect(await hasher.verify('right', stored)).toBe(true)
  })

  test('a login is remembered for one password and one stored hash only, and not for ever', () => {
    const memory = new LoginMemory(randomBytes)
    memory.learn('bob', 'hash 1', 'secret')
    expect(memory.knows('bob', 'hash 1', 'secret')).toBe(true)
    expect(memory.knows('bob', 'hash 2', 'secret')).toBe(false)
    expect(memory.knows('bob', 'hash 1', 'Secret')).toBe(false)
    expect(memory.knows('eve', 'hash 1', 'secret')).toBe(false)
    for (let n = 0; n < directoryLimits.rememberedLoginsMax; n += 1) memory.learn(`user-${n}`, 'hash', 'x')
    expect(memory.knows('bob', 'hash 1', 'secret')).toBe(false)
    memory.forget('user-5')
    expect(memory.knows('user-5', 'hash', 'x')).toBe(false)
  })

  test('a second login with the same password makes no hash', async () => {
    const { users } = await openDirectory({ database: freshDatabase(), ...quick })
    await users.add('bob', 'secret', at)
    await users.verify('bob', 'secret')
    // While all places and the whole queue are taken by guesses, only a login that is remembered can be answered.
    const guesses = Array.from({ length: 202 }, () => users.verify('eve', 'guess'))
    expect(await users.verify('bob', 'secret')).toBe(true)
    await expect(users.verify('bob', 'wrong')).rejects.toMatchObject({ code: 'login-busy' })
    expect(new Set(await Promise.all(guesses))).toEqual(new Set([false]))
  })
})
