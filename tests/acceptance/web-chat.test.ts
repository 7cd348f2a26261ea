/** People who chat in a browser, by the real engine and the real mail server of a node. */
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { installedEngine } from '../../packages/node/src/services/chat-engine/index.ts'
import { inboxLetters, sendRaw } from '../support/mail.ts'
import { type Access, TestNode } from '../support/node.ts'
import { noisePng } from '../support/picture.ts'
import { WebPeople } from '../support/web-people.ts'

const installed = installedEngine() !== undefined
if (!installed) console.warn('SKIPPED: no chat engine for this platform')

describe.skipIf(!installed)('chat on the web', () => {
  let node: TestNode
  let web: WebPeople
  let alice: Access
  let bob: Access

  beforeEach(async () => {
    node = await TestNode.make('camp')
    alice = await node.addUser('alice')
    bob = await node.addUser('bob')
    const carol = await node.addUser('carol')
    await node.start()
    web = await WebPeople.of(node, [alice, bob, carol])
  })
  afterEach(async () => {
    web?.stop()
    await node.remove()
  })

  /** A chat between two, accepted; the second's chat id. */
  async function together(user: string, other: string) {
    const { chat, other: contact } = await web.acquaint(user, other)
    await web.call(user, 'messages.send', { chat, text: 'hello' })
    const came = await web.came(other, 'hello')
    await web.call(other, 'chats.accept', { chat: came.chat })
    return { chat, contact, theirs: came.chat, theirContact: came.from.id, hello: came.id }
  }

  it('leaves in the mailbox what it fetched, for other apps of the person', async () => {
    const { chat } = await together('bob', 'alice')
    await web.call('bob', 'messages.send', { chat, text: 'sealed' })
    await web.came('alice', 'sealed')
    const headers = [`From: ${bob.address}`, `To: ${alice.address}`, 'Subject: plainly', 'Message-ID: <plain@x>']
    await sendRaw(bob, [alice.address], [...headers, '', 'plain', ''].join('\r\n'))
    await web.came('alice', 'plainly – plain')
    // What it would take out it takes out before it waits for more.
    await web.call('bob', 'messages.send', { chat, text: 'and later' })
    await web.came('alice', 'and later')
    const lying = (await inboxLetters(alice)).map(({ text }) => text)
    expect(lying.filter(text => text.includes('Subject: plainly'))).toHaveLength(1)
    expect(lying.filter(text => text.includes('multipart/encrypted')).length).toBeGreaterThanOrEqual(3)
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
    await web.becomes('bob', said, ({ state }) => state === 'read')
    await web.call('alice', 'messages.react', { message: answer.id, emoji: '👍' })
    await web.becomes('bob', said, ({ reactions }) => reactions[0]?.emoji === '👍' && !reactions[0].mine)
    expect(await web.call('alice', 'messages.reactions', { message: answer.id })).toEqual([{ contact: 1, emoji: '👍' }])
    await web.call('alice', 'messages.react', { message: answer.id, emoji: '' })
    await web.becomes('bob', said, ({ reactions }) => reactions.length === 0)
    await web.call('alice', 'messages.edit', { message, text: 'good morning' })
    await web.becomes('bob', came.id, ({ text, edited }) => edited && text === 'good morning')
    expect((await web.call('bob', 'messages.info', { message: said })).readBy).toMatchObject([
      { contact: came.from.id },
    ])
    await web.call('alice', 'messages.delete', { ids: [message], forAll: true })
    await expect.poll(() => web.message('bob', came.id)).toBeUndefined()
    expect(web.told.filter(({ user }) => user === 'carol')).toEqual([])
  })

  it('makes a message once of what is sent twice with one key', async () => {
    const { chat } = await web.acquaint('alice', 'bob')
    const letter = { chat, text: 'once', key: randomBytes(16).toString('base64url') }
    const [one, other] = await Promise.all([
      web.call('alice', 'messages.send', letter),
      web.call('alice', 'messages.send', letter),
    ])
    expect(other).toEqual(one)
    expect(await web.call('alice', 'messages.send', letter)).toEqual(one)
    await web.came('bob', 'once')
    const { ids } = await web.call('alice', 'messages.search', { query: 'once', chat })
    expect(ids).toEqual([one.message])
  })

  it('carries a photo, which is shown only to those who have it', async () => {
    const { chat, theirs } = await together('alice', 'bob')
    const upload = await web.upload('alice', 'sea.png', noisePng(600, 400, 1))
    const file = { upload, name: 'sea.png', kind: 'image' } as const
    const { message } = await web.call('alice', 'messages.send', { chat, text: 'the sea', file })
    const own = await web.becomes('alice', message, ({ kind }) => kind === 'image')
    const photo = await web.find('bob', ({ text }) => text === 'the sea')
    const whole = await web.becomes('bob', photo.id, ({ rest }) => rest === 'here')
    expect(whole).toMatchObject({ kind: 'image', file: { width: 600, height: 400 } })
    const path = whole.file?.path ?? ''
    expect(await web.file('bob', path)).toMatchObject({ inline: true })
    expect(await web.file('carol', path)).toBeUndefined()
    expect(await web.call('bob', 'chats.media', { chat: theirs, kinds: ['image'] })).toEqual({ ids: [photo.id] })
    const [, blob = ''] = /message\/\d+\/([^/]+)/.exec(path) ?? []
    const others = ['../../dc.db', encodeURIComponent('../dc.db'), `..%2f${blob}`, 'x', '']
    for (const other of others) expect(await web.file('bob', path.replace(blob, other))).toBeUndefined()
    expect(await web.file('alice', path.replace(`/${photo.id}/`, `/${own.id + 1}/`))).toBeUndefined()
    await expect(web.call('alice', 'messages.send', { chat, file })).rejects.toMatchObject({ code: 'no-such-upload' })
  })

  it('what could run in a page is for saving', async () => {
    const { chat } = await together('alice', 'bob')
    for (const name of ['x.svg', 'x.html', 'x.png']) {
      const upload = await web.upload('alice', name, '<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>')
      const kind = name === 'x.png' ? 'image' : 'file'
      await web.call('alice', 'messages.send', { chat, text: name, file: { upload, name, kind } })
      const came = await web.came('bob', name)
      expect(await web.file('bob', came.file?.path ?? '')).toMatchObject({ inline: false })
    }
  })

  it('has groups with members, a name, a picture, an invite link, and an end', async () => {
    const { contact } = await together('alice', 'bob')
    const picture = await web.upload('alice', 'p.png', noisePng(64, 64, 1))
    const group = { kind: 'group' as const, name: 'Camp', members: [contact], picture }
    const { chat } = await web.call('alice', 'chats.create', group)
    await web.call('alice', 'messages.send', { chat, text: 'welcome' })
    const came = await web.came('bob', 'welcome')
    const theirs = await web.call('bob', 'chats.show', { chat: came.chat })
    expect(theirs).toMatchObject({ kind: 'group', name: 'Camp', member: true, canSend: true })
    expect(theirs.members).toHaveLength(2)
    expect(await web.file('bob', theirs.avatar.path ?? '')).toMatchObject({ inline: true })
    await web.call('bob', 'chats.change', { chat: came.chat, name: 'A camp', disappearSeconds: 3600 })
    await expect
      .poll(() => web.call('alice', 'chats.show', { chat }))
      .toMatchObject({ name: 'A camp', disappearSeconds: 3600 })
    const { message } = await web.call('alice', 'messages.send', { chat, text: 'not for long' })
    expect(await web.message('alice', message)).toMatchObject({ disappearSeconds: 3600 })

    const { link } = await web.call('alice', 'invites.show', { chat })
    expect(await web.call('carol', 'invites.check', { link })).toEqual({ kind: 'group', name: 'A camp' })
    const { chat: joined } = await web.call('carol', 'invites.follow', { link })
    await expect
      .poll(() => web.call('carol', 'chats.show', { chat: joined }))
      .toMatchObject({ member: true, canSend: true })
    await web.call('carol', 'chats.leave', { chat: joined })
    await expect.poll(async () => (await web.call('alice', 'chats.show', { chat })).members.length).toBe(2)
    await web.call('alice', 'chats.remove', { chat, member: contact })
    await expect
      .poll(() => web.call('bob', 'chats.show', { chat: came.chat }))
      .toMatchObject({ member: false, canSend: false, cannotSendWhy: 'You are not in this group.' })
  })

  it('proves people by an invite link, which can be taken back', async () => {
    const { link } = await web.call('alice', 'invites.show', { chat: null })
    expect(await web.call('alice', 'invites.check', { link })).toMatchObject({ kind: 'own', active: true })
    expect(await web.call('bob', 'invites.check', { link })).toMatchObject({ kind: 'contact', name: 'Alice' })
    const { chat } = await web.call('bob', 'invites.follow', { link })
    await expect.poll(() => web.call('bob', 'chats.show', { chat })).toMatchObject({ verified: true, canSend: true })
    expect(await web.call('bob', 'chats.rows', { ids: [chat] })).toMatchObject([{ verified: true, name: 'Alice' }])
    await expect.poll(() => web.happened('bob', 'invites.went').at(-1)).toMatchObject({ done: 1000 })
    await web.call('alice', 'invites.revoke', { link })
    expect(await web.call('alice', 'invites.check', { link })).toMatchObject({ kind: 'own', active: false })
    await expect(web.call('alice', 'invites.follow', { link })).rejects.toMatchObject({ code: 'no-invite' })
    const login = 'dclogin:eve@evil.example?p=x&v=1&ih=127.0.0.1&ip=1&is=plain&sh=127.0.0.1&sp=1&ss=plain'
    for (const method of ['invites.follow', 'invites.revoke'] as const) {
      await expect(web.call('bob', method, { link: login })).rejects.toMatchObject({ code: 'no-invite' })
    }
    expect(await web.call('bob', 'invites.check', { link: login })).toMatchObject({ kind: 'other' })
  })

  it('shows who is here, and who was met can be written to at once', async () => {
    for (const user of ['alice', 'bob', 'carol']) await web.call(user, 'profile.show', {})
    const here = async (user: string) => (await web.call(user, 'contacts.here', {})).map(({ login }) => login).sort()
    expect(await here('alice')).toEqual(['bob', 'carol'])
    await web.call('carol', 'profile.change', { visibleHere: false })
    expect(await here('alice')).toEqual(['bob'])
    await expect(web.call('alice', 'contacts.meet', { login: 'carol' })).rejects.toMatchObject({ code: 'nobody-here' })
    const { contact } = await web.call('alice', 'contacts.meet', { login: 'bob' })
    expect(await web.call('alice', 'contacts.meet', { login: 'bob' })).toEqual({ contact })
    expect(await web.call('alice', 'contacts.here', {})).toMatchObject([{ login: 'bob', name: 'Bob', contact }])
    const { chat } = await web.call('alice', 'chats.with', { contact })
    await web.call('alice', 'messages.send', { chat, text: 'you are here too' })
    const came = await web.came('bob', 'you are here too')
    expect(came).toMatchObject({ sealed: true, from: { name: 'Alice' } })
    expect(await web.call('bob', 'chats.rows', { ids: [came.chat] })).toMatchObject([{ request: true }])
    // Who answers has met the same person, not another of that name.
    expect(await web.call('bob', 'contacts.meet', { login: 'alice' })).toEqual({ contact: came.from.id })
    await web.call('bob', 'chats.accept', { chat: came.chat })
    await web.call('bob', 'messages.send', { chat: came.chat, text: 'I am' })
    expect(await web.came('alice', 'I am')).toMatchObject({ chat, sealed: true })
  })

  it('keeps contacts, requests and the profile', async () => {
    const { chat, theirs, contact, theirContact } = await together('alice', 'bob')
    expect(await web.call('alice', 'contacts.ids', { query: 'bob' })).toEqual({ ids: [contact] })
    await web.call('alice', 'contacts.rename', { contact, name: 'Bobby' })
    expect(await web.call('alice', 'chats.show', { chat })).toMatchObject({ name: 'Bobby' })
    expect(await web.call('alice', 'contacts.get', { ids: [99, contact, 1] })).toMatchObject([
      { name: 'Bobby', ownName: 'Bob', reachable: true },
      { id: 1 },
    ])
    const avatar = await web.upload('alice', 'me.png', noisePng(80, 80, 1))
    const changed = await web.call('alice', 'profile.change', { name: 'Alice A.', status: 'sailing', avatar })
    expect(changed).toMatchObject({ name: 'Alice A.', status: 'sailing', readReceipts: true, address: alice.address })
    expect(await web.file('alice', changed.avatar.path ?? '')).toMatchObject({ inline: true })
    await web.call('alice', 'messages.send', { chat, text: 'look' })
    await web.came('bob', 'look')
    await expect
      .poll(() => web.call('bob', 'contacts.get', { ids: [theirContact] }))
      .toMatchObject([{ name: 'Alice A.', status: 'sailing', avatar: { path: expect.any(String) } }])
    await web.call('bob', 'contacts.block', { contact: theirContact, blocked: true })
    expect(await web.call('bob', 'contacts.ids', { blocked: true })).toEqual({ ids: [theirContact] })
    await web.call('bob', 'contacts.block', { contact: theirContact, blocked: false })
    expect(await web.call('bob', 'contacts.ids', { blocked: true })).toEqual({ ids: [] })
    expect((await web.call('bob', 'contacts.encryption', { contact: theirContact })).text).toContain(
      'end-to-end encrypted',
    )
    expect((await web.call('bob', 'chats.encryption', { chat: theirs })).text).toContain('alice@camp')
    expect((await web.call('alice', 'profile.change', { avatar: null })).avatar.path).toBeNull()
  })

  it('shares a contact as a vCard in a message', async () => {
    const { chat, theirs } = await together('alice', 'bob')
    const { vcard } = await web.call('carol', 'contacts.card', { ids: [1] })
    const file = { upload: await web.upload('alice', 'carol.vcf', vcard), name: 'carol.vcf', kind: 'vcard' } as const
    await web.call('alice', 'messages.send', { chat, file })
    const came = await web.find('bob', ({ kind }) => kind === 'vcard')
    expect(came).toMatchObject({ chat: theirs, card: { name: 'Carol' } })
    const [carol = 0] = (await web.call('bob', 'contacts.read', { message: came.id })).ids
    const { chat: withCarol } = await web.call('bob', 'chats.with', { contact: carol })
    expect(await web.call('bob', 'chats.show', { chat: withCarol })).toMatchObject({ name: 'Carol', canSend: true })
  })

  it('keeps drafts with their files, and sends them', async () => {
    const { chat } = await together('alice', 'bob')
    expect(await web.call('alice', 'drafts.show', { chat })).toBeNull()
    const file = { upload: await web.upload('alice', 'n.txt', 'note'), name: 'n.txt', kind: 'file' } as const
    await web.call('alice', 'drafts.keep', { chat, text: 'see', file })
    await web.call('alice', 'drafts.keep', { chat, text: 'see this', file: 'draft' })
    const draft = await web.call('alice', 'drafts.show', { chat })
    expect(draft).toMatchObject({ text: 'see this', file: { name: 'n.txt', sizeBytes: 4 } })
    expect(await web.call('alice', 'chats.rows', { ids: [chat] })).toMatchObject([{ last: { draft: true } }])
    await web.call('alice', 'messages.send', { chat, text: 'see this', file: 'draft' })
    await web.call('alice', 'drafts.keep', { chat })
    expect(await web.call('alice', 'drafts.show', { chat })).toBeNull()
    expect(await web.came('bob', 'see this')).toMatchObject({ file: { name: 'n.txt', sizeBytes: 4 } })
  })

  it('finds, saves, forwards, arranges and deletes', async () => {
    const { chat, theirs, hello } = await together('alice', 'bob')
    for (const text of ['a needle', 'hay', 'needle two']) await web.call('alice', 'messages.send', { chat, text })
    const last = await web.came('bob', 'needle two')
    for (const where of [theirs, null]) {
      const { ids } = await web.call('bob', 'messages.search', { query: 'needle', chat: where })
      expect(ids).toHaveLength(2)
      expect(ids[0]).toBe(last.id)
    }
    expect(await web.call('bob', 'messages.found', { ids: [last.id] })).toMatchObject([
      { id: last.id, chat: theirs, from: 'Alice', kind: 'text' },
    ])
    await web.call('bob', 'messages.save', { ids: [hello], saved: true })
    expect(await web.message('bob', hello)).toMatchObject({ saved: true })
    const { ids: chats } = await web.call('bob', 'chats.ids', {})
    const rows = await web.call('bob', 'chats.rows', { ids: chats })
    const notes = rows.find(({ self }) => self)?.id ?? 0
    await web.call('bob', 'messages.save', { ids: [hello], saved: false })
    expect(await web.message('bob', hello)).toMatchObject({ saved: false })
    await web.call('bob', 'messages.forward', { ids: [hello], chats: [theirs, notes] })
    expect(await web.find('alice', ({ forwarded }) => forwarded)).toMatchObject({ text: 'hello', chat })

    expect(await web.call('bob', 'chats.arrange', { chat: theirs, place: 'pinned', mute: 600 })).toMatchObject({
      pinned: true,
      mutedUntil: expect.any(Number),
    })
    expect(await web.call('bob', 'chats.arrange', { chat: theirs, mute: 'always' })).toMatchObject({
      mutedUntil: 'always',
    })
    await web.call('bob', 'chats.arrange', { chat: theirs, place: 'archived', mute: 0 })
    expect(await web.call('bob', 'chats.ids', { archived: true })).toMatchObject({ ids: [theirs], archived: 1 })
    const { ids, days } = await web.call('bob', 'messages.ids', { chat: theirs })
    expect(days.length).toBeGreaterThan(0)
    await web.call('bob', 'messages.delete', { ids: [last.id], forAll: false })
    expect((await web.call('bob', 'messages.ids', { chat: theirs })).ids).toEqual(ids.filter(id => id !== last.id))
    await web.call('bob', 'chats.delete', { chat: theirs })
    await expect(web.call('bob', 'chats.show', { chat: theirs })).rejects.toMatchObject({ code: 'no-such-chat' })
  })

  it('shows letters from mail programs, with their HTML, which cannot run', async () => {
    await web.call('bob', 'profile.show', {})
    const html = '<p>Hello <b>Bob</b></p><img src="https://evil.example/x.png">'
    const head = `From: ${alice.address}\r\nTo: ${bob.address}\r\nSubject: News\r\nMessage-ID: <news@x>\r\n`
    const type = 'MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n'
    await sendRaw(alice, [bob.address], `${head}${type}${html}\r\n`)
    const came = await web.find('bob', message => message.html)
    expect(came).toMatchObject({ sealed: false, mine: false })
    const path = `/api/v1/html/${came.id}`
    const found = await web.file('bob', path)
    expect(found?.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/)
    expect(found?.body.toString()).toContain('<b>Bob</b>')
    expect(await web.file('alice', path)).toBeUndefined()
  })
})
