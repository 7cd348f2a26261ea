/** Chats on the web while the engine ends, the node begins anew, passwords go and people are removed. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { installedEngine } from '../../packages/node/src/services/chat-engine/index.ts'
import { openDatabase } from '../../packages/node/src/stores/database/database.ts'
import { type Access, TestNode } from '../support/node.ts'
import { WebPeople } from '../support/web-people.ts'

const installed = installedEngine() !== undefined
if (!installed) console.warn('SKIPPED: no chat engine for this platform')

describe.skipIf(!installed)('chats on the web', () => {
  let node: TestNode
  let web: WebPeople
  let people: Access[]

  beforeEach(async () => {
    node = await TestNode.make('camp')
    people = [await node.addUser('alice'), await node.addUser('bob')]
    await start()
  })
  afterEach(async () => {
    web?.stop()
    await node.remove()
  })

  async function start(): Promise<void> {
    await node.start()
    web = await WebPeople.of(node, people)
  }

  async function end(): Promise<void> {
    web.stop()
    await node.end()
  }

  const texts = async (user: string, chat: number) => {
    const { ids } = await web.call(user, 'messages.ids', { chat })
    return (await web.call(user, 'messages.get', { ids: ids.slice(-200) })).map(({ text }) => text)
  }

  async function greet() {
    const { chat } = await web.acquaint('alice', 'bob')
    await web.call('alice', 'messages.send', { chat, text: 'hello' })
    const came = await web.came('bob', 'hello')
    await web.call('bob', 'chats.accept', { chat: came.chat })
    return { chat, theirs: came.chat }
  }

  /** Accounts that lie in the engine's folder. */
  const accounts = async () => {
    const entries = await readdir(join(node.home, 'chat', 'accounts'), { withFileTypes: true })
    return entries.filter(entry => entry.isDirectory()).length
  }

  /** As a client does: what is answered with `later` is asked again. */
  async function insist<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        expect(error).toMatchObject({ retry: 'later' })
        await new Promise(resolve => setTimeout(resolve, 100))
      }
    }
  }

  it('messages go on when the engine is killed, and each is there once', async () => {
    const { chat, theirs } = await greet()
    const said = Array.from({ length: 12 }, (_, index) => `message ${index}`)
    for (const [index, text] of said.entries()) {
      const key = `${'k'.repeat(20)}${String(index).padStart(2, '0')}`
      const { pid } = await web.engine()
      const sending = insist(() => web.call('alice', 'messages.send', { chat, text, key }))
      if (index % 4 === 1 && pid !== null) process.kill(pid, 'SIGKILL')
      await sending
    }
    expect((await web.engine()).ends).toBeGreaterThan(1)
    await expect.poll(() => insist(() => texts('bob', theirs))).toEqual(expect.arrayContaining(said))
    const count = async (user: string, where: number) =>
      (await insist(() => texts(user, where))).filter(text => text.startsWith('message')).length
    expect(await count('bob', theirs)).toBe(said.length)
    expect(await count('alice', chat)).toBe(said.length)
    for (const user of ['alice', 'bob']) expect(web.happened(user, 'chats.all').length).toBeGreaterThan(0)
  })

  it('with the node they begin again, and mail comes in although nobody has called', async () => {
    const { theirs } = await greet()
    await end()
    await node.start()
    // Nobody has signed in.
    await expect
      .poll(async () => (await node.run<{ bot: { engine: { state: string } } }>(['status'])).bot.engine.state)
      .toBe('running')
    web = await WebPeople.of(node, people)
    expect(await texts('bob', theirs)).toContain('hello')
  })

  it('a second browser hears and sees what the first does', async () => {
    const { chat, theirs } = await greet()
    const other = await WebPeople.of(node, people)
    await web.call('alice', 'messages.send', { chat, text: 'to both' })
    const [one, two] = await Promise.all([web.came('bob', 'to both'), other.came('bob', 'to both')])
    expect(two).toEqual(one)
    await other.call('bob', 'messages.send', { chat: theirs, text: 'from the other' })
    await expect.poll(() => texts('bob', theirs)).toContain('from the other')
    other.stop()
  })

  it('a password that was taken back, and other ports, are mended', async () => {
    const { chat } = await greet()
    const labels = async () =>
      (await node.run<{ label: string }[]>(['user', 'app-password', 'list', 'bob'])).map(({ label }) => label)
    expect(await labels()).toEqual(['web chat'])
    await node.run(['user', 'app-password', 'remove', 'bob', 'web chat'])
    await expect.poll(labels).toEqual(['web chat'])
    await web.call('alice', 'messages.send', { chat, text: 'with another password' })
    await web.came('bob', 'with another password')

    await end()
    await node.choosePorts()
    await start()
    await web.call('alice', 'messages.send', { chat, text: 'by another port' })
    await web.came('bob', 'by another port')
  })

  it('who is removed leaves nothing, and who comes by the same name begins anew', async () => {
    await greet()
    const before = await accounts()
    await node.run(['user', 'remove', 'bob'])
    await expect(web.call('bob', 'chats.ids', {})).rejects.toMatchObject({ code: 'signed-out' })
    await expect.poll(accounts).toBe(before - 1)
    people = [...people.slice(0, 1), await node.addUser('bob')]
    web.stop()
    web = await WebPeople.of(node, people)
    expect(await web.call('bob', 'messages.search', { query: 'hello', chat: null })).toEqual({ ids: [] })
  })

  it('who was removed while nothing ran leaves nothing either', async () => {
    await greet()
    const before = await accounts()
    await end()
    await node.run(['user', 'remove', 'bob'])
    people = [...people.slice(0, 1), await node.addUser('bob')]
    await node.start()
    await expect.poll(accounts).toBe(before - 1)
    web = await WebPeople.of(node, people)
    expect(await web.call('bob', 'messages.search', { query: 'hello', chat: null })).toEqual({ ids: [] })
  })

  it('an account that does not prove itself is not used, whatever its number', async () => {
    const { chat } = await greet()
    await end()
    // As if the engine's folder were that of another day: Bob's number is that of Alice's account.
    const database = openDatabase(join(node.home, 'posthorn.db'))
    database.transaction(() => {
      const own = database.get<{ account: number }>('SELECT account FROM web_accounts WHERE user = ?', 'alice')
      database.run('UPDATE web_accounts SET account = 1000 WHERE user = ?', 'alice')
      database.run('UPDATE web_accounts SET account = ? WHERE user = ?', own?.account ?? 0, 'bob')
    })
    database.close()
    await start()
    await expect(web.call('bob', 'messages.ids', { chat })).rejects.toMatchObject({ code: 'no-such-chat' })
    expect(await web.call('bob', 'messages.search', { query: 'hello', chat: null })).toEqual({ ids: [] })
  })
})
