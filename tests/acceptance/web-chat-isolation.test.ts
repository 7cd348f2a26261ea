/** The attack: somebody who is signed in calls with the ids of somebody else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installedEngine } from '../../packages/node/src/services/chat-engine/index.ts'
import type { ChatMethod } from '../../packages/node/src/services/chat-server/index.ts'
import { type Another, attacksOn } from '../support/attacks.ts'
import { sendRaw } from '../support/mail.ts'
import { TestNode } from '../support/node.ts'
import { noisePng } from '../support/picture.ts'
import { chatMethodNames, WebPeople } from '../support/web-people.ts'

const installed = installedEngine() !== undefined
if (!installed) console.warn('SKIPPED: no chat engine for this platform')

/** In every name and text of the one who is attacked. */
const mark = 'SECRETMARK'

describe.skipIf(!installed)('one user’s ids in another’s calls', () => {
  let node: TestNode
  let web: WebPeople
  /** Alice's: mallory, who has few chats, asks for these. */
  let ids: Another
  let paths: string[]

  beforeAll(async () => {
    node = await TestNode.make('camp')
    const [alice, mallory] = [await node.addUser('alice'), await node.addUser('mallory')]
    const bob = await node.addUser('bob')
    await node.start()
    web = await WebPeople.of(node, [alice, mallory, bob])
    await web.call('mallory', 'profile.show', {})
    // Ids grow in each account for itself: hers shall be such as Mallory has none of.
    const { chat: first, other } = await web.acquaint('alice', 'bob')
    for (let count = 0; count < 8; count += 1) {
      await web.call('alice', 'chats.create', { kind: 'group', name: `${mark} ${count}`, members: [] })
      await web.call('alice', 'messages.send', { chat: first, text: `${mark} ${count}` })
    }
    const { chat } = await web.call('alice', 'chats.create', { kind: 'group', name: mark, members: [other] })
    const own = await web.upload('alice', `${mark}.png`, noisePng(40, 40, 1))
    const status = `${mark} status`
    await web.call('alice', 'profile.change', { name: mark, status, avatar: own, visibleHere: false })
    const photo = await web.upload('alice', `${mark}.png`, noisePng(60, 60, 2))
    const file = { upload: photo, name: `${mark}.png`, kind: 'file' as const }
    const sent = await web.call('alice', 'messages.send', { chat, text: `${mark} photo`, file })
    const head = `From: x@y.example\r\nSubject: ${mark}\r\nMessage-ID: <1@y.example>\r\nMIME-Version: 1.0\r\n`
    await sendRaw(alice, [alice.address], `${head}Content-Type: text/html\r\n\r\n<b>${mark}</b>\r\n`)
    const html = await web.find('alice', message => message.html)
    const { message } = await web.call('alice', 'messages.send', { chat, text: `${mark} last` })
    await web.call('alice', 'drafts.keep', { chat, text: `${mark} draft` })
    const upload = await web.upload('alice', `${mark}.txt`, mark)
    const { link } = await web.call('alice', 'invites.show', { chat })
    ids = { chat, message, contact: html.from.id, html: html.id, photo: sent.message, upload, link }
    const [shown, view, contacts] = [
      await web.call('alice', 'messages.get', { ids: [sent.message] }),
      await web.call('alice', 'profile.show', {}),
      await web.call('alice', 'contacts.get', { ids: [1] }),
    ]
    paths = [shown[0]?.file?.path, view.avatar.path, contacts[0]?.avatar.path].flatMap(path => path ?? [])
    expect(paths.length).toBeGreaterThan(2)
  })
  afterAll(async () => {
    web?.stop()
    await node?.remove()
  })

  /** All that somebody can see, as one text, when nothing of theirs is on its way to the node any more. */
  async function settled(user: string): Promise<string> {
    await expect.poll(() => everythingOf(user)).not.toContain('"state":"sending"')
    return everythingOf(user)
  }

  /** All that somebody can see, as one text. */
  async function everythingOf(user: string): Promise<string> {
    const { ids: chats } = await web.call(user, 'chats.ids', {})
    const shown = await Promise.all(
      chats.map(async chat => [
        await web.call(user, 'chats.show', { chat }),
        await web.call(user, 'messages.get', { ids: (await web.call(user, 'messages.ids', { chat })).ids }),
        await web.call(user, 'drafts.show', { chat }),
      ]),
    )
    const rest = [await web.call(user, 'profile.show', {}), await web.call(user, 'contacts.ids', {}), chats]
    return JSON.stringify([shown, rest, await web.call(user, 'contacts.get', { ids: [1, ids.contact] })])
  }

  it('every method: nothing of the other is told, and nothing of it changes', async () => {
    const before = await settled('alice')
    expect(before).toContain(mark)
    const tried = attacksOn(ids, mark)
    expect(Object.keys(tried).sort()).toEqual([...chatMethodNames].sort())
    web.told.length = 0
    for (const [method, attempts] of Object.entries(tried)) {
      for (const params of attempts) {
        const answer = await web.call('mallory', method as ChatMethod, params as never).catch((error: Error) => {
          expect(error, `${method} is refused in words`).toHaveProperty('code')
          return error.message
        })
        expect(JSON.stringify(answer), `${method} ${JSON.stringify(params)}`).not.toContain(mark)
      }
    }
    expect(await everythingOf('alice')).toBe(before)
    expect(await everythingOf('mallory')).not.toContain(mark)
    expect(
      web.told
        .filter(({ user }) => user === 'mallory')
        .map(({ data }) => JSON.stringify(data))
        .join(),
    ).not.toContain(mark)
    // What she has sent to the node is still hers to use.
    const { chat, upload } = ids
    const file = { upload, name: 'x.txt', kind: 'file' } as const
    await web.call('alice', 'messages.send', { chat, file })
  })

  it('files, HTML and exports of the other are not served', async () => {
    for (const path of paths) {
      expect(await web.file('alice', path), path).toBeDefined()
      expect(await web.file('mallory', path), path).toBeUndefined()
    }
    const others = [`/api/v1/html/${ids.html}`, `/api/v1/export/${ids.chat}`]
    for (const path of others) expect(await web.file('mallory', path), path).toBeUndefined()
    expect((await web.file('alice', `/api/v1/html/${ids.html}`))?.body.toString()).toContain(mark)
  })

  it('no export of one’s own holds what is the other’s', async () => {
    const { ids: chats } = await web.call('mallory', 'chats.ids', {})
    for (const chat of chats) {
      const found = await web.file('mallory', `/api/v1/export/${chat}`)
      expect(found?.body.length).toBeGreaterThan(100)
      expect(found?.body.includes(mark)).toBe(false)
    }
  })

  it('of somebody who may be found nothing goes over but name, address and key', async () => {
    await web.call('alice', 'profile.change', { visibleHere: true })
    const { address } = await web.call('alice', 'profile.show', {})
    const here = await web.call('mallory', 'contacts.here', {})
    expect(here.map(({ login }) => login).sort()).toEqual(['alice', 'bob'])
    const found = here.find(({ login }) => login === 'alice')
    const { color } = found?.avatar ?? {}
    const avatar = { path: null, color, initials: 'S' }
    expect(found).toEqual({ login: 'alice', name: mark, address, contact: null, avatar })
    const before = await settled('alice')
    const { contact } = await web.call('mallory', 'contacts.meet', { login: 'alice' })
    expect(await web.call('mallory', 'contacts.get', { ids: [contact] })).toMatchObject([
      { name: mark, address, status: '', avatar, verified: false, reachable: true, lastSeen: null },
    ])
    expect(await everythingOf('alice')).toBe(before)
  })
})
