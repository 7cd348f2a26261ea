import { expect, onTestFinished, test, vi } from 'vitest'
import { silentLog } from '../../base/log.ts'
import { noticeOf } from '../../stores/notices/contract.ts'
import { memoryNotices } from '../../stores/notices/memory.ts'
import { FakeEngine } from '../chat-engine/fake.ts'
import { chatEngine } from '../chat-engine/index.ts'
import { type BotOptions, startBot } from './index.ts'
import { botLimits } from './limits.ts'

const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 20_000 })

interface Kept {
  readonly id: number
  readonly chatId: number
  readonly fromId: number
  readonly text: string
  readonly state: number
  readonly isInfo: boolean
  readonly isBot: boolean
  readonly showPadlock: boolean
  readonly sender: { readonly address: string }
}

const alice = { contact: 11, chat: 21, address: 'alice@camp' }
const hourMs = 3_600_000

/** What the engine keeps on its disk: chats, and what was not looked at. */
class Chats {
  readonly messages: Kept[] = []
  readonly fake = new FakeEngine()
  #seen = 0
  #account: number[] = []
  readonly contacts = [{ id: alice.contact, address: alice.address, isVerified: true }]
  /** Ends the engine at the so-and-so-many-th call: before it is done, or after. */
  crashAt = Number.POSITIVE_INFINITY
  crashAfter = false

  constructor() {
    const does: Readonly<Record<string, (...params: readonly never[]) => unknown>> = {
      get_all_account_ids: () => this.#account,
      add_account: () => {
        this.#account = [1]
        return 1
      },
      get_config: () => 'node',
      get_contacts: () => this.contacts,
      get_contact: () => this.contacts[0],
      get_chat_contacts: () => [alice.contact],
      create_chat_by_contact_id: () => alice.chat,
      get_basic_chat_info: () => ({ id: alice.chat, chatType: 'Single' }),
      get_message_ids: () => this.messages.map(({ id }) => id),
      get_message: (_account, id) => this.messages.find(message => message.id === id),
      get_next_msgs: () => this.messages.filter(({ id }) => id > this.#seen).map(({ id }) => id),
      markseen_msgs: (_account, ids: readonly number[]) => {
        this.#seen = Math.max(this.#seen, ...ids)
      },
      misc_send_text_message: (_account, chatId, text) => {
        this.fake.happen('MsgDelivered')
        return this.put({ chatId, text, fromId: 1, state: 26 })
      },
      get_chat_securejoin_qr_code: () => 'https://i.delta.chat/#',
      make_vcard: () => 'BEGIN:VCARD',
    }
    for (const [method, act] of Object.entries(does)) {
      this.fake.answers.set(method, (...params) => {
        this.crashAt -= 1
        if (this.crashAt === 0 && !this.crashAfter) this.#crash()
        const result = act(...params)
        if (this.crashAt === 0 && this.crashAfter) this.#crash()
        return result
      })
    }
  }

  put(message: Partial<Kept>): number {
    const id = (this.messages.at(-1)?.id ?? 100) + 1
    const facts = { chatId: alice.chat, fromId: alice.contact, text: '', state: 10, isInfo: false, isBot: false }
    this.messages.push({ ...facts, showPadlock: true, sender: { address: alice.address }, ...message, id })
    return id
  }

  /** Somebody writes. */
  write(text: string, how: Partial<Kept> = {}): void {
    this.put({ text, ...how })
    this.fake.happen('IncomingMsg')
  }

  get said(): string[] {
    return this.messages.filter(({ fromId }) => fromId === 1).map(({ text }) => text)
  }

  #crash(): never {
    this.fake.crash('was ended by SIGKILL')
    throw new Error('it is gone')
  }
}

/** Time passes when the test says so; what is short passes at once. */
function handTime() {
  let now = 0
  const sleeping = new Set<{ until: number; wake: () => void }>()
  return {
    clock: {
      now: () => now,
      sleep: (ms: number, signal: AbortSignal) =>
        new Promise<void>((resolve, reject) => {
          if (signal.aborted) return reject(new DOMException('over', 'AbortError'))
          if (ms <= botLimits.retryMs) return void setImmediate(resolve)
          const one = { until: now + ms, wake: resolve }
          sleeping.add(one)
          signal.addEventListener('abort', () => {
            sleeping.delete(one)
            reject(new DOMException('over', 'AbortError'))
          })
        }),
    },
    pass(ms: number) {
      now += ms
      for (const one of [...sleeping].filter(({ until }) => until <= now)) {
        sleeping.delete(one)
        one.wake()
      }
    },
  }
}

function bench(changes: Partial<BotOptions> = {}) {
  const chats = new Chats()
  const notices = memoryNotices()
  const time = handTime()
  const wants = new Map<string, boolean>()
  const engine = chatEngine({ start: chats.fake.start, clock: time.clock, log: silentLog })
  const begin = () => {
    const bot = startBot({
      ...{ engine, notices, nodeName: 'camp', clock: time.clock, log: silentLog },
      login: () => ({ address: 'posthorn@camp', password: 'secret', imapPort: 1, smtpPort: 2 }),
      userOf: async address => (address === alice.address ? 'alice' : undefined),
      wantsNotices: user => wants.get(user) ?? true,
      setNotices: async (user, wanted) => wants.set(user, wanted),
      lettersOf: async (user, { to }) => [{ to: to ?? 'bob@ridge', handedInAt: 0, state: `asked by ${user}` }],
      mail: { waits: async () => false, tidy: async () => {} },
      ...changes,
    })
    onTestFinished(() => bot.stop())
    return bot
  }
  return { chats, notices, wants, engine, begin, time }
}

const isGone = (notices: ReturnType<typeof memoryNotices>) =>
  until(async () => expect(await notices.summary()).toEqual({ waiting: 0, unfinished: 0 }))

test('the engine is not begun while there is nobody to write to', async () => {
  const { chats, notices, begin, engine } = bench()
  begin()
  await notices.keep(noticeOf('a'))
  await new Promise(resolve => setTimeout(resolve, 20))
  expect(engine.status().state).toBe('resting')
  expect(chats.fake.starts).toBe(0)
})

test('notices that come together are one message, and the engine rests afterwards', async () => {
  const { chats, notices, begin, engine, time } = bench()
  await notices.chats.put('alice', alice.chat)
  for (const id of ['a', 'b', 'c']) await notices.keep(noticeOf(id, { kind: id === 'c' ? 'delayed' : 'failed' }))
  begin()
  await isGone(notices)
  expect(chats.said).toHaveLength(1)
  expect(chats.said[0]).toMatch(/^About 3 of your messages/)
  expect(
    chats.said[0]?.match(/^Not delivered: .*\nTo bob@ridge\.example: Nobody here is called bob\.$/gm),
  ).toHaveLength(2)
  await until(() => {
    time.pass(botLimits.restAfterMs)
    expect(engine.status().state).toBe('resting')
  })
})

test('a notice is written once, wherever the engine ends', async () => {
  for (const crashAfter of [false, true]) {
    for (let crashAt = 1; ; crashAt += 1) {
      const { chats, notices, begin } = bench()
      Object.assign(chats, { crashAt, crashAfter })
      await notices.chats.put('alice', alice.chat)
      await notices.keep(noticeOf('a'))
      const bot = begin()
      await isGone(notices)
      expect([crashAt, chats.said.filter(text => text.startsWith('Not delivered'))]).toEqual([
        crashAt,
        [expect.anything()],
      ])
      await bot.stop()
      if (chats.crashAt > 0) break
    }
  }
})

test('a notice is written once, though the node ends between two steps', async () => {
  for (const step of ['begin', 'told'] as const) {
    const { chats, notices, begin } = bench()
    await notices.chats.put('alice', alice.chat)
    await notices.keep(noticeOf('a'))
    // The disk does what it was asked; the node is gone before it hears so.
    const real = notices[step].bind(notices) as (...params: unknown[]) => Promise<unknown>
    const spy = vi.spyOn(notices, step).mockImplementationOnce(async (...params: unknown[]) => {
      if (step === 'begin') await real(...params)
      throw new Error('killed')
    })
    begin()
    await isGone(notices)
    expect(chats.said.filter(text => text.startsWith('Not delivered'))).toHaveLength(1)
    spy.mockRestore()
  }
})

test('not more than a few messages in an hour; the others are told together in the next', async () => {
  const { chats, notices, begin, time } = bench()
  await notices.chats.put('alice', alice.chat)
  begin()
  for (let count = 1; count <= botLimits.noticesPerHourMax; count += 1) {
    await notices.keep(noticeOf(`${count}`))
    await isGone(notices)
    expect(chats.said).toHaveLength(count)
  }
  for (const id of ['x', 'y']) await notices.keep(noticeOf(id))
  await new Promise(resolve => setTimeout(resolve, 20))
  expect(await notices.summary()).toEqual({ waiting: 2, unfinished: 0 })
  time.pass(hourMs)
  await isGone(notices)
  expect(chats.said.at(-1)).toMatch(/^About 2 of your messages/)
  expect(chats.said).toHaveLength(botLimits.noticesPerHourMax + 1)
})

test('commands are answered, to people who live here; anything else gets help once an hour', async () => {
  const { chats, begin, wants, notices } = bench()
  await begin().contact()
  await until(() => expect(chats.said).toHaveLength(1))
  expect(chats.said[0]).toMatch(/^From now on you hear/)
  const answer = async (text: string) => {
    const { length } = chats.said
    chats.write(text)
    await until(() => expect(chats.said.length).toBeGreaterThan(length))
    return chats.said.at(-1)
  }
  expect(await answer('/where')).toContain('asked by alice.')
  expect(await answer('/WHERE dora')).toContain('to dora')
  await notices.keep(noticeOf('a'))
  expect(await answer('/quiet')).toContain('/tell turns that on')
  expect(wants.get('alice')).toBe(false)
  expect(await notices.waitingUsers()).toEqual([])
  expect(await answer('/help')).toContain('/tell')
  await answer('/tell')
  expect(wants.get('alice')).toBe(true)
  expect(await answer('hello?')).toContain('/where NAME')
  const { length } = chats.said
  chats.write('hello??')
  chats.write('/where', { sender: { address: 'mallory@elsewhere' } })
  chats.write('/where', { isBot: true })
  chats.write('/where', { showPadlock: false })
  chats.write('/where', { isInfo: true })
  expect(await answer('/where end')).toContain('end')
  expect(chats.said).toHaveLength(length + 1)
})

test('a chat that is not with this user alone is not written into', async () => {
  const { chats, notices, begin } = bench()
  await notices.chats.put('alice', alice.chat)
  await notices.keep(noticeOf('a'))
  chats.fake.answers.set('get_chat_contacts', () => [alice.contact, 12])
  chats.contacts.length = 0
  begin()
  await until(() => expect(notices.chats.get('alice')).toBeUndefined())
  expect(chats.said).toEqual([])
  expect(await notices.waitingUsers()).toEqual(['alice'])
})

test('the password of the account is in no log and no setting', async () => {
  const { chats, begin } = bench()
  const settings: unknown[] = []
  chats.fake.answers.set('set_config', (...params) => void settings.push(params))
  await begin().contact()
  expect(JSON.stringify(settings)).not.toContain('secret')
  expect(settings).toContainEqual([1, 'mdns_enabled', '0'])
})
