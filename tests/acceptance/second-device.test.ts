/** "Use Delta Chat on your phone": a real second core takes a web user's profile over, chats and all. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DeltaChat } from '../support/deltachat.ts'
import { TestNode } from '../support/node.ts'
import { WebChat } from '../support/web-chat.ts'

const patience = { timeout: 30_000, interval: 50 }

interface Transport {
  readonly addr: string
  readonly password: string
  readonly imapServer: string
  readonly imapPort: number
  readonly imapSecurity: string
}

describe('a second device', () => {
  let node: TestNode
  let web: WebChat
  let phone: DeltaChat
  let folder: string

  beforeEach(async () => {
    node = await TestNode.make('devices')
    for (const name of ['alice', 'bob']) await node.addUser(name)
    await node.start()
    web = await WebChat.of(node)
    folder = await mkdtemp(join(tmpdir(), 'posthorn-phone-'))
    phone = DeltaChat.start(folder)
  })
  afterEach(async () => {
    await phone.stop()
    await web.stop()
    await node.remove()
    await rm(folder, { recursive: true, force: true })
  })

  const appPasswords = async (user: string) =>
    (await node.run<readonly { label: string }[]>(['user', 'app-password', 'list', user])).map(({ label }) => label)
  const state = async (user: string) => (await web.call(user, 'second-device.show', {})).state

  it('has the same chats, hears what comes, and logs in from the network by a password of its own', async () => {
    const { chat } = await web.acquaint('bob', 'alice')
    await web.call('bob', 'messages.send', { chat, text: 'before' })
    const { chat: hers } = await web.came('alice', 'before')
    await web.call('alice', 'chats.accept', { chat: hers })
    web.lanHost = '127.0.0.1'
    const { code } = await web.call('alice', 'second-device.start', { where: 'network' })
    expect(code).toMatch(/^DCBACKUP/)
    expect(await state('alice')).toBe('waiting')
    const account = await phone.call<number>('add_account')
    await phone.call('get_backup', account, code)
    await vi.waitFor(async () => expect(await state('alice')).toBe('done'), patience)
    expect(web.happened('alice', 'second-device.went').map(view => view.state)).toContain('sending')

    const [transport] = await phone.call<readonly Transport[]>('list_transports', account)
    expect(transport).toMatchObject({ imapServer: '127.0.0.1', imapSecurity: 'ssl' })
    expect(await appPasswords('alice')).toEqual(['second device', 'web chat'])
    await phone.call('start_io', account)
    expect(await textsOf(account)).toContain('before')
    await web.call('bob', 'messages.send', { chat, text: 'after' })
    await web.came('alice', 'after')
    await vi.waitFor(async () => expect(await textsOf(account)).toContain('after'), patience)
    // How this side logs in is told to nobody.
    expect(await phone.call('list_transports', account)).toEqual([transport])
  })

  async function textsOf(account: number): Promise<readonly string[]> {
    const chats = await phone.call<readonly number[]>('get_chatlist_entries', account, 0, null, null)
    const ids = await Promise.all(
      chats.map(chat => phone.call<readonly number[]>('get_message_ids', account, chat, false, false)),
    )
    const messages = await Promise.all(ids.flat().map(id => phone.call<{ text: string }>('get_message', account, id)))
    return messages.map(({ text }) => text)
  }

  it('an offer that is stopped is good for nothing, and leaves no password', async () => {
    const { code } = await web.call('alice', 'second-device.start', { where: 'machine' })
    await expect(web.call('alice', 'second-device.start', { where: 'machine' })).rejects.toMatchObject({
      code: 'offered-already',
    })
    await web.call('alice', 'second-device.stop', {})
    expect(await state('alice')).toBe('ended')
    expect(await appPasswords('alice')).toEqual(['web chat'])
    const account = await phone.call<number>('add_account')
    // A core tries for a minute.
    const taking = phone.call('get_backup', account, code).then(
      () => 'taken',
      () => 'not taken',
    )
    // The chats go on.
    const { chat } = await web.acquaint('bob', 'alice')
    await web.call('bob', 'messages.send', { chat, text: 'still there' })
    await web.came('alice', 'still there')
    await phone.stop()
    expect(await taking).toBe('not taken')
  })

  it('threat: nobody starts, sees or stops the second device of another’s account', async () => {
    await web.call('alice', 'second-device.start', { where: 'machine' })
    expect(await state('bob')).toBe('resting')
    await web.call('bob', 'second-device.stop', {})
    expect(await state('alice')).toBe('waiting')
    expect(web.happened('bob', 'second-device.went')).toEqual([])
    const { code } = await web.call('bob', 'second-device.start', { where: 'machine' })
    const account = await phone.call<number>('add_account')
    await phone.call('get_backup', account, code)
    const [transport] = await phone.call<readonly Transport[]>('list_transports', account)
    expect(transport?.addr).toMatch(/^bob@/)
    await web.call('alice', 'second-device.stop', {})
  })

  it('is refused where the network does not reach the node', async () => {
    await expect(web.call('alice', 'second-device.start', { where: 'network' })).rejects.toMatchObject({
      code: 'not-open',
    })
    expect(await state('alice')).toBe('resting')
  })
})
