/** What can be set for people, seen by their mail programs. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ImapFlow } from 'imapflow'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inboxLetters, lettersOnDisk, sendLetter } from '../support/mail.ts'
import { type Access, introduce, posthorn, TestNode } from '../support/node.ts'
import { makeStick, sync } from '../support/stick.ts'

interface UserShown {
  readonly quota: { readonly bytes: number | null; readonly messages: number | null }
  readonly forward: { readonly to: readonly string[]; readonly keep: boolean } | null
  readonly aliases: readonly string[]
  readonly chatRetentionDays: number | null
  readonly appPasswords: readonly { readonly label: string; readonly lastUsedAt: string | null }[]
}

/** A mail program that stays logged in; `ended` resolves when the node sends it away. */
async function stayLoggedIn(access: Access): Promise<{ ended: Promise<void>; client: ImapFlow }> {
  const { host, port } = access.imap
  const auth = { user: access.address, pass: access.password }
  const client = new ImapFlow({ host, port, secure: false, doSTARTTLS: false, auth, logger: false })
  client.on('error', () => {})
  const ended = new Promise<void>(resolve => client.once('close', resolve))
  await client.connect()
  await client.mailboxOpen('INBOX')
  return { ended, client }
}

const logsIn = (access: Access) =>
  inboxLetters(access).then(
    () => true,
    () => false,
  )

describe('people of a node', () => {
  let node: TestNode
  let alice: Access
  let bob: Access

  beforeAll(async () => {
    node = await TestNode.make('camp')
    const file = join(node.home, 'posthorn.toml')
    const config = await readFile(file, 'utf8')
    await writeFile(file, config.replace('domains = []', 'domains = ["camp.example"]'))
    alice = await node.addUser('alice')
    bob = await node.addUser('bob')
    await node.start()
  })
  afterAll(() => node.remove())

  const domain = () => alice.address.split('@')[1] ?? ''
  const subjects = async (access: Access) =>
    (await inboxLetters(access)).map(({ text }) => /^Subject: (.*)\r$/m.exec(text)?.[1])

  it('log in with app passwords, each of which is taken back alone', async () => {
    const add = (label: string) => node.run<{ password: string }>(['user', 'app-password', 'add', 'alice', label])
    const phone = { ...alice, password: (await add('phone')).password }
    const laptop = { ...alice, password: (await add('laptop')).password }
    const [onPhone, onLaptop, atHome] = [
      await stayLoggedIn(phone),
      await stayLoggedIn(laptop),
      await stayLoggedIn(alice),
    ]
    await sendLetter(phone, { to: bob.address, subject: 'by phone', text: 'x' })
    expect(await logsIn({ ...phone, address: bob.address })).toBe(false)
    const { appPasswords } = await node.run<UserShown>(['user', 'show', 'alice'])
    expect(appPasswords.map(({ label }) => label)).toEqual(['laptop', 'phone'])
    expect(appPasswords.every(({ lastUsedAt }) => lastUsedAt !== null)).toBe(true)

    const removed = await node.run<{ sessions: number }>(['user', 'app-password', 'remove', 'alice', 'phone'])
    expect(removed.sessions).toBeGreaterThanOrEqual(1)
    await onPhone.ended
    expect(await logsIn(phone)).toBe(false)
    await onLaptop.client.noop()
    expect(await logsIn(laptop)).toBe(true)

    alice = await node.run<Access>(['user', 'password', 'alice'])
    await atHome.ended
    await onLaptop.client.noop()
    await onLaptop.client.logout()
    expect(await logsIn(alice)).toBe(true)
    expect(await readFile(join(node.home, 'posthorn.db'), 'latin1')).not.toContain(laptop.password)
    const refused = await posthorn(
      ['user', 'password', 'alice', '--password-stdin', '--home', node.home],
      laptop.password,
    )
    expect(refused.code).toBe(1)
  })

  it('are reached by aliases, with a plus and by a catch-all, and send as them; nobody else does', async () => {
    await node.run(['alias', 'add', 'team', 'alice', 'bob'])
    await node.run(['alias', 'add', '@camp.example', 'bob'])
    await sendLetter(alice, { to: `team@${domain()}`, subject: 'to the team', text: 'x' })
    await sendLetter(alice, { to: `bob+list@${domain()}`, subject: 'plus', text: 'x' })
    await sendLetter(alice, { to: 'anything@camp.example', subject: 'caught', text: 'x' })
    await sendLetter(bob, { to: `postmaster@${domain()}`, subject: 'to the postmaster', text: 'x' })
    expect(await subjects(alice)).toEqual(expect.arrayContaining(['to the team', 'to the postmaster']))
    expect(await subjects(bob)).toEqual(expect.arrayContaining(['to the team', 'plus', 'caught']))
    expect((await node.run<UserShown>(['user', 'show', 'bob'])).aliases).toEqual(['@camp.example', 'team'])

    const sendAs = (who: Access, from: string) => {
      const { host, port } = who.smtp
      const auth = { user: who.address, pass: who.password }
      const transport = createTransport({ host, port, secure: false, ignoreTLS: true, auth })
      return transport.sendMail({ from, to: alice.address, subject: 'as', text: 'x' })
    }
    await sendAs(bob, `team@${domain()}`)
    await sendAs(bob, 'whoever@camp.example')
    await expect(sendAs(alice, 'whoever@camp.example')).rejects.toMatchObject({ responseCode: 553 })
    await expect(sendAs(bob, alice.address)).rejects.toMatchObject({ responseCode: 553 })

    const loop = async (...args: string[]) => (await posthorn([...args, '--home', node.home, '--json'])).stdout
    await node.run(['alias', 'add', 'one', 'team'])
    expect(await loop('alias', 'add', 'team', 'one')).toContain('mail-loop')
    expect(await loop('alias', 'add', 'alice', 'bob')).toContain('name-taken')
    expect(await loop('alias', 'add', 'x@other.example', 'bob')).toContain('bad-alias')
    expect(await loop('alias', 'add', 'x', 'nobody')).toContain('unknown-user')
    expect(await loop('alias', 'add', 'x', 'far@nowhere.example')).toContain('unknown-node')
    expect(await loop('user', 'add', 'team')).toContain('name-taken')
    await node.run(['alias', 'remove', 'team'])
    await expect(sendLetter(alice, { to: `team@${domain()}`, text: 'x' })).rejects.toMatchObject({ responseCode: 550 })
  })

  it('have quotas: who writes to a full mailbox is told at once, and others get their copies', async () => {
    const carol = await node.addUser('carol')
    await node.run(['user', 'quota', 'carol', '64K', '--messages', '2'])
    expect((await node.run<UserShown>(['user', 'show', 'carol'])).quota).toEqual({ bytes: 65_536, messages: 2 })
    const write = (subject: string, to: string | string[], size = 10) =>
      sendLetter(alice, { to, subject, text: 'x\n'.repeat(size) })
    await expect(write('too large', carol.address, 40_000)).rejects.toMatchObject({
      responseCode: 552,
      response: expect.stringContaining('5.2.2'),
    })
    await write('one', carol.address)
    await write('two', carol.address)
    await expect(write('three', carol.address)).rejects.toMatchObject({ responseCode: 552 })
    await write('for two', [carol.address, bob.address])
    expect(await subjects(carol)).toEqual(['one', 'two'])
    expect(await subjects(bob)).toContain('for two')
    expect((await inboxLetters(alice)).some(({ text }) => text.includes('Status: 5.2.2'))).toBe(true)
    await node.run(['user', 'quota', 'carol', 'none', '--messages', 'default'])
    await write('three', carol.address)
    expect(await subjects(carol)).toEqual(['one', 'two', 'three'])
    expect((await node.run<UserShown>(['user', 'retention', 'carol', 'never'])).chatRetentionDays).toBeNull()
    expect((await node.run<UserShown>(['user', 'retention', 'carol', 'default'])).chatRetentionDays).toBe(30)
  })

  it('are removed with all that was theirs; what happens to their mail is chosen', async () => {
    const dave = await node.addUser('dave')
    const erin = await node.addUser('erin')
    await node.run(['alias', 'add', 'both', 'dave', 'erin'])
    await sendLetter(alice, { to: `both@${domain()}`, subject: 'to both', text: 'kept or not' })
    const daves = await stayLoggedIn(dave)
    const gone = await node.run<{ mail: string; sessions: number; aliases: string[] }>(['user', 'remove', 'dave'])
    await daves.ended
    expect(gone).toMatchObject({ sessions: 1, aliases: ['both'] })
    expect(await readdir(join(gone.mail, 'cur'))).toHaveLength(1)
    expect(await logsIn(dave)).toBe(false)
    expect(await node.run(['user', 'remove', 'erin', '--delete-mail'])).toMatchObject({ mail: null })
    expect((await readdir(join(node.home, 'mail', '.removed'))).filter(name => name.startsWith('erin'))).toEqual([])
    for (const to of [dave.address, erin.address, `both@${domain()}`]) {
      await expect(sendLetter(alice, { to, text: 'x' })).rejects.toMatchObject({ responseCode: 550 })
    }
    expect(await node.run(['alias', 'list'])).not.toEqual(expect.arrayContaining([{ address: 'both' }]))
    const again = await node.addUser('dave')
    expect(await subjects(again)).toEqual([])
    expect(await node.run<UserShown>(['user', 'show', 'dave'])).toMatchObject({ appPasswords: [], aliases: [] })
  })
})

describe('letters that are sent on to another node', () => {
  let camp: TestNode
  let city: TestNode
  let alice: Access
  let carol: Access
  let stick: Awaited<ReturnType<typeof makeStick>>

  beforeAll(async () => {
    stick = await makeStick()
    camp = await TestNode.make('camp')
    city = await TestNode.make('city')
    await introduce(camp, city)
    alice = await camp.addUser('alice')
    carol = await city.addUser('carol')
    await Promise.all([camp.start(), city.start()])
  })
  afterAll(async () => {
    await Promise.all([camp.remove(), city.remove(), stick.remove()])
  })

  it('come there once, under who sends them on, though a node dies, and circles end', async () => {
    await camp.run(['user', 'forward', 'alice', carol.address, '--no-keep'])
    await city.run(['user', 'forward', 'carol', alice.address])
    await sendLetter(alice, { to: alice.address, subject: 'onward', text: 'x', messageId: '<onward@test>' })
    await camp.end('SIGKILL')
    await camp.start()
    await sendLetter(alice, { to: alice.address, subject: 'onward', text: 'x', messageId: '<onward@test>' })
    for (let round = 0; round < 4; round += 1) {
      await sync(camp, stick.path)
      await sync(city, stick.path)
    }
    const there = await lettersOnDisk(city.home, 'carol')
    expect(there).toHaveLength(1)
    expect(there[0]).toContain(`Return-Path: <${alice.address}>\r\nDelivered-To: ${alice.address}\r\n`)
    const back = await lettersOnDisk(camp.home, 'alice')
    expect(back.map(text => /^Subject: (.*)\r$/m.exec(text)?.[1])).toEqual(['onward'])
    expect((await camp.run<UserShown>(['user', 'forward', 'alice'])).forward).toBeNull()
  })

  it('cannot be made to come back to who sends them on', async () => {
    await camp.addUser('bob')
    await camp.run(['user', 'forward', 'bob', 'alice'])
    const refused = await posthorn(['user', 'forward', 'alice', 'bob', '--home', camp.home, '--json'])
    expect(refused.stdout).toContain('mail-loop')
    const unknown = await posthorn(['user', 'forward', 'alice', 'x@nowhere.example', '--home', camp.home, '--json'])
    expect(unknown.stdout).toContain('unknown-node')
  })
})
