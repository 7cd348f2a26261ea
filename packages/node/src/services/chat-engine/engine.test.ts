import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { silentLog } from '../../base/log.ts'
import { scratchDirectory } from '../../stores/files/scratch-directory.ts'
import { FakeEngine } from './fake.ts'
import { chatEngine } from './index.ts'
import { engineLimits } from './limits.ts'
import { LineReader } from './lines.ts'
import { engineProgram, installedEngine } from './process.ts'

const forever = new AbortController().signal

function bench(fake = new FakeEngine()) {
  const waits: number[] = []
  const clock = {
    now: () => 0,
    sleep: (ms: number, signal: AbortSignal) => {
      waits.push(ms)
      // Pauses are over at once; nothing is ever late.
      return ms >= 60_000
        ? new Promise<void>((_, reject) => signal.addEventListener('abort', reject))
        : Promise.resolve()
    },
  }
  const engine = chatEngine({ start: fake.start, clock, log: silentLog })
  onTestFinished(() => engine.stop())
  return { engine, fake, waits }
}

test('lines are whole, however they are cut, also within a character', () => {
  const bytes = Buffer.from('{"a":"ü"}\n\n{"b":2}\n')
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const reader = new LineReader(100)
    expect([...reader.take(bytes.subarray(0, cut)), ...reader.take(bytes.subarray(cut))]).toEqual([
      '{"a":"ü"}',
      '',
      '{"b":2}',
    ])
  }
  const reader = new LineReader(4)
  expect(['12', '34', '56\nab', '\n'].flatMap(part => reader.take(Buffer.from(part)))).toEqual([
    { head: '123456' },
    'ab',
  ])
})

test('it rests until somebody wants it, runs once for all, and rests again', async () => {
  const { engine, fake } = bench()
  expect(engine.status().state).toBe('resting')
  const [one, other] = await Promise.all([engine.wake(forever), engine.wake(forever)])
  expect(one).toBe(other)
  expect(await one.calls.accounts()).toEqual([])
  expect(engine.status().state).toBe('running')
  await engine.rest()
  expect(engine.status()).toMatchObject({ state: 'resting', ends: 0 })
  await expect(one.calls.accounts()).rejects.toMatchObject({ code: 'engine-ended' })
  expect(fake.starts).toBe(1)
})

test('calls end with the engine, and the next start is the later, the more often it failed', async () => {
  const { engine, fake, waits } = bench()
  for (let failure = 0; failure < 3; failure += 1) {
    const session = await engine.wake(forever)
    fake.mute = true
    const call = session.calls.accounts()
    fake.crash('was ended by SIGKILL')
    await expect(call).rejects.toMatchObject({ code: 'engine-ended', retry: 'later' })
    expect(session.ended.aborted).toBe(true)
    fake.mute = false
  }
  expect(engine.status()).toMatchObject({ state: 'pausing', ends: 3, reason: 'was ended by SIGKILL' })
  await engine.wake(forever)
  expect(waits.filter(ms => ms < 60_000)).toEqual([1000, 2000, 4000])
})

test('an answer that is too long ends its call, and nothing else', async () => {
  const { engine, fake } = bench()
  const { calls } = await engine.wake(forever)
  const long = 'x'.repeat(engineLimits.lineBytesMax + 1)
  fake.answers.set('get_chat_securejoin_qr_code', () => long)
  await expect(calls.invite(1)).rejects.toMatchObject({ code: 'engine-answer-too-long', retry: 'never' })
  expect(await calls.accounts()).toEqual([])
  expect(engine.status()).toMatchObject({ state: 'running', ends: 0 })
})

test('it does not rest while somebody holds it', async () => {
  const { engine, fake } = bench()
  const release = engine.hold()
  const { calls } = await engine.wake(forever)
  await engine.rest()
  expect(await calls.accounts()).toEqual([])
  release()
  await engine.rest()
  expect(engine.status().state).toBe('resting')
  expect(fake.starts).toBe(1)
})

test('one that writes what is no JSON-RPC, or a long line that answers nothing, is ended', async () => {
  for (const said of ['what?\n', `${'x'.repeat(engineLimits.lineBytesMax + 1)}\n`]) {
    const { engine, fake } = bench()
    const session = await engine.wake(forever)
    fake.mute = true
    const call = session.calls.accounts()
    fake.say(said)
    await expect(call).rejects.toMatchObject({ code: 'engine-ended' })
  }
})

test('an answer of another shape is an error, not believed', async () => {
  const { engine, fake } = bench()
  const { calls } = await engine.wake(forever)
  fake.answers.set('get_all_account_ids', () => ['one'])
  await expect(calls.accounts()).rejects.toThrow()
})

test('where no program is installed it says so', async () => {
  const engine = chatEngine({ start: undefined, clock: systemClock, log: silentLog })
  expect(engine.status().state).toBe('missing')
  await expect(engine.wake(forever)).rejects.toMatchObject({ code: 'engine-missing', retry: 'never' })
  await engine.stop()
})

test.skipIf(installedEngine() === undefined)('the real one answers, in a private folder, and ends', async () => {
  const folder = join(await scratchDirectory(), 'chat')
  const program = engineProgram(installedEngine() ?? '', folder, { clock: systemClock, log: silentLog })
  const engine = chatEngine({ start: program, clock: systemClock, log: silentLog })
  const { calls } = await engine.wake(forever)
  expect(await calls.accounts()).toEqual([])
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  const { pid } = engine.status()
  await engine.stop()
  expect(() => process.kill(pid ?? 0, 0)).toThrow()
})
