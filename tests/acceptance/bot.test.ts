/** What happened to people's letters, told to them in Delta Chat by the node's own account. */
import { appendFile, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../packages/node/src/stores/database/database.ts'
import { type Message, Person } from '../support/chat.ts'
import { type CoreVersion, coreBinary, DeltaChat } from '../support/deltachat.ts'
import { sendLetter } from '../support/mail.ts'
import { type Access, introduce, TestNode } from '../support/node.ts'

interface BotShown {
  readonly address: string
  readonly invite: string
  readonly vcard: string
}

interface BotStatus {
  readonly bot: {
    readonly address: string | null
    readonly why: string | null
    readonly engine: { readonly state: string; readonly pid: number | null; readonly ends: number } | null
    readonly waiting: number
  }
}

const installed = coreBinary('2.57') !== undefined && coreBinary('2.62') !== undefined
if (!installed) console.warn('SKIPPED: no Delta Chat core for this platform')

describe.skipIf(!installed)('the node’s own account', () => {
  let folder: string
  let valley: TestNode
  let ridge: TestNode
  let alice: Access
  let bob: Access
  let people: Person[]

  beforeEach(async () => {
    people = []
    folder = await mkdtemp(join(tmpdir(), 'posthorn-bot-'))
    valley = await TestNode.make('valley')
    ridge = await TestNode.make('ridge')
    await introduce(valley, ridge)
    alice = await valley.addUser('alice')
    bob = await ridge.addUser('bob')
    await appendFile(join(valley.home, 'posthorn.toml'), '\n[mail]\nwarn_after_days = 2\nreturn_after_days = 6\n')
  })
  afterEach(async () => {
    for (const { core } of people) await core.stop()
    await Promise.all([valley.remove(), ridge.remove()])
    await rm(folder, { recursive: true, force: true })
  })

  async function login(access: Access, version: CoreVersion = '2.57'): Promise<Person> {
    const core = DeltaChat.start(join(folder, access.address), version)
    const person = new Person(core, await core.login(access.dclogin, 'person'))
    people.push(person)
    return person
  }

  const contact = () => valley.run<BotShown>(['bot', 'show'])
  const status = async () => (await valley.run<BotStatus>(['status'])).bot
  const says = (start: string) => (message: Message) => message.text.startsWith(start)

  /** As if all letters had been there for so many days of the calendar. */
  function age(days: number): void {
    const database = openDatabase(join(valley.home, 'posthorn.db'))
    database.transaction(() => {
      for (const table of ['outbox', 'custody']) database.run(`UPDATE ${table} SET day = day - ?`, days)
    })
    database.close()
  }

  /** An app that is in nobody's hand waits long before it looks for its server a third time. */
  const lookAgain = (app: Person) => app.core.call('maybe_network')

  async function restart(app: Person, whileDown: () => void): Promise<void> {
    await valley.end()
    whileDown()
    await valley.start()
    await lookAgain(app)
  }

  it('tells that a letter waits, and that it was given up, and answers where letters are', async () => {
    await valley.start()
    const { invite, address } = await contact()
    const app = await login(alice, '2.62')
    await app.scan(invite)
    const greeting = await app.incoming(says('From now on'))
    expect(await app.core.call('get_basic_chat_info', app.account, greeting.chatId)).toMatchObject({
      ...{ name: 'Posthorn valley', isContactRequest: false, isEncrypted: true },
    })
    await sendLetter(alice, { to: bob.address, subject: 'Nobody comes', text: 'x' })

    await restart(app, () => age(2))
    const waits = await app.incoming(says('Still waiting'))
    expect(waits.text).toContain(`To ${bob.address}: It has waited for 2 days`)
    await restart(app, () => age(4))
    const returned = await app.incoming(says('Given up'))
    expect(returned.chatId).toBe(greeting.chatId)
    expect(returned.text).toContain(bob.address)

    await app.sendText(greeting.chatId, '/where')
    const where = await app.incoming(says('Your last messages'))
    expect(where.text).toContain(bob.address)
    expect(address).toMatch(/^posthorn@valley-/)
  })

  it('writes once, however node and engine are killed', async () => {
    await valley.start()
    const { vcard } = await contact()
    const app = await login(alice)
    const [card] = await app.core.call<number[]>('import_vcard_contents', app.account, vcard)
    const chat = await app.core.call<number>('create_chat_by_contact_id', app.account, card)
    await app.sendText(chat, 'hello')
    await app.incoming(says('This is the node valley itself'))
    expect((await stat(join(valley.home, 'chat'))).mode & 0o777).toBe(0o700)

    await sendLetter(alice, { to: bob.address, subject: 'Nobody comes', text: 'x' })
    await valley.end()
    age(6)
    for (let kill = 0; kill < 5; kill += 1) {
      await valley.start()
      await new Promise(resolve => setTimeout(resolve, 500 + kill * 500))
      if (kill % 2 === 0) {
        const { engine } = await status()
        if (engine?.pid) process.kill(engine.pid, 'SIGKILL')
      }
      await valley.end('SIGKILL')
    }
    await valley.start()
    await lookAgain(app)
    await expect.poll(async () => (await status()).waiting, { timeout: 20_000 }).toBe(0)
    // What it sends by a connection that is gone it sends again much later, unless it is woken.
    await app.sendText(chat, '/help')
    const isHelp = says('This is the node valley itself')
    const said = async () => {
      await lookAgain(app)
      const ids = await app.core.call<number[]>('get_message_ids', app.account, chat, false, false)
      return Promise.all(ids.map(id => app.message(id)))
    }
    await expect.poll(async () => (await said()).filter(isHelp).length, { timeout: 30_000, interval: 1000 }).toBe(2)
    expect((await said()).filter(says('Given up'))).toHaveLength(1)
  })

  it('is not there where it is switched off, and everything else is', async () => {
    await appendFile(join(valley.home, 'posthorn.toml'), '\n[bot]\nenabled = false\n')
    await valley.start()
    expect(await status()).toMatchObject({ address: null, engine: null, why: expect.stringContaining('[bot] enabled') })
    await expect(contact()).rejects.toThrow('no account of its own')
    await sendLetter(alice, { to: alice.address, subject: 'x', text: 'x' })
  })
})
