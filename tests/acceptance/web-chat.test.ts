/** People who chat in a browser, by the real engine and the real mail server of a node. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { installedEngine } from '../../packages/node/src/services/chat-engine/index.ts'
import { TestNode } from '../support/node.ts'
import { WebChat } from '../support/web-chat.ts'

const installed = installedEngine() !== undefined
if (!installed) console.warn('SKIPPED: no chat engine for this platform')

describe.skipIf(!installed)('chat on the web', () => {
  let node: TestNode
  let web: WebChat

  beforeEach(async () => {
    node = await TestNode.make('camp')
    for (const name of ['alice', 'bob', 'carol']) await node.addUser(name)
    await node.start()
    web = await WebChat.of(node)
  })
  afterEach(async () => {
    await web.stop()
    await node.remove()
  })

  it('carries a text, an answer with a quote, a reaction, an edit and a deletion', async () => {
    const { chat, other } = await web.acquaint('alice', 'bob')
    const { message } = await web.call('alice', 'messages.send', { chat, text: 'hello' })
    const came = await web.came('bob', 'hello')
    expect(came).toMatchObject({ mine: false, sealed: true, from: { name: 'Alice' }, rest: 'here' })
    expect(await web.call('bob', 'chats.rows', { ids: [came.chat] })).toMatchObject([{ request: true, unread: 1 }])
    await web.call('bob', 'chats.accept', { chat: came.chat })
    const reply = { chat: came.chat, text: 'hi!', quote: came.id }
    const { message: said } = await web.call('bob', 'messages.send', reply)
    const answer = await web.came('alice', 'hi!')
    expect(answer).toMatchObject({ chat, from: { id: other }, quote: { message, text: 'hello' } })
    await web.call('alice', 'messages.seen', { ids: [answer.id] })
    await web.call('alice', 'messages.react', { message: answer.id, emoji: '👍' })
    await web.becomes('bob', said, ({ reactions }) => reactions[0]?.emoji === '👍' && !reactions[0].mine)
    await web.becomes('alice', message, ({ state }) => state === 'sent' || state === 'read')
    await web.call('alice', 'messages.edit', { message, text: 'good morning' })
    await web.becomes('bob', came.id, ({ text, edited }) => edited && text === 'good morning')
    await web.call('alice', 'messages.delete', { ids: [message], forAll: true })
    await expect.poll(() => web.message('bob', came.id)).toBeUndefined()
    expect(web.told.filter(({ user }) => user === 'carol')).toEqual([])
  })
})
