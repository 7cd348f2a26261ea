import { copyFile, mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ImapFlow } from 'imapflow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Message, Person } from '../support/chat.ts'
import { coreBinary, DeltaChat } from '../support/deltachat.ts'
import { inboxLetters, sendLetter, withImap } from '../support/mail.ts'
import { type Access, introduce, posthorn, TestNode, twoNodes } from '../support/node.ts'
import { carryRound, makeStick, sync } from '../support/stick.ts'

const passphrase = 'six words that nobody can guess\n'

interface Made {
  readonly files: number
  readonly leftOut: readonly string[]
}

const backUp = (node: TestNode, file: string) => node.run<Made>(['backup', file, '--passphrase-stdin'], passphrase)

/** The old home is destroyed; the same node, at another place. */
async function restoreElsewhere(node: TestNode, file: string, folder: string): Promise<TestNode> {
  await node.end('SIGKILL')
  await rm(node.home, { recursive: true })
  const home = join(folder, 'restored', `${Date.now()}`)
  const done = await posthorn(['restore', file, '--passphrase-stdin', '--home', home], passphrase)
  expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('must never run again') })
  return TestNode.at(home)
}

describe('a node that is backed up while mail flows, destroyed, and restored', () => {
  let folder: string
  let valley: TestNode
  let ridge: TestNode
  let alice: Access
  let bob: Access
  let stick: Awaited<ReturnType<typeof makeStick>>
  const file = () => join(folder, 'camp.posthorn')

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-backup-'))
    stick = await makeStick()
    ;({ valley, ridge, alice, bob } = await twoNodes())
    await Promise.all([valley.start(), ridge.start()])
  })
  afterAll(async () => {
    await Promise.all([valley.remove(), ridge.remove(), stick.remove()])
    await rm(folder, { recursive: true, force: true })
  })

  const count = (letters: readonly { text: string }[], text: string) =>
    letters.filter(letter => letter.text.includes(`\r\n${text}\r\n`)).length
  const idle = async (client: ImapFlow) => {
    const { uidNext = 0, uidValidity = 0n, exists = 0 } = client.mailbox === false ? {} : client.mailbox
    return { uidNext, uidValidity, exists }
  }

  it('has every letter that came before, whole, and each letter on its way arrives once', async () => {
    // Waits in the outbox of the backup, and was delivered before it.
    await sendLetter(alice, { to: bob.address, text: 'carried before', messageId: '<carried@test>' })
    await sync(valley, stick.path)
    await sync(ridge, stick.path)
    await sendLetter(alice, { to: bob.address, text: `waiting ${'x'.repeat(200_000)}`, messageId: '<waiting@test>' })
    await sendLetter(bob, { to: alice.address, text: 'on the stick', messageId: '<stick@test>' })
    await sync(ridge, stick.path)
    for (let number = 0; number < 40; number += 1) await sendLetter(alice, local(`before ${number}`))
    // Mail at full speed, in and out, while the backup is made.
    let flowing = true
    const accepted: string[] = []
    const flow = async (name: string) => {
      for (let number = 0; flowing; number += 1) {
        await sendLetter(alice, local(`during ${name} ${number}`))
        accepted.push(`during ${name} ${number}`)
      }
    }
    const flows = ['a', 'b', 'c'].map(flow)
    const churning = churn(() => flowing)
    const made = await backUp(valley, file())
    flowing = false
    await Promise.all([...flows, churning])
    expect(made.leftOut).toEqual([])
    expect(accepted.length).toBeGreaterThan(0)
    expect((await stat(file())).mode & 0o777).toBe(0o600)
    // What comes after it is only in the node that is about to be destroyed.
    await sync(valley, stick.path)
    const seen = await withImap(alice, async client => {
      await client.mailboxOpen('INBOX')
      return idle(client)
    })
    valley = await restoreElsewhere(valley, file(), folder)
    await valley.start()
    const letters = await inboxLetters(alice)
    for (let number = 0; number < 40; number += 1) expect(count(letters, `before ${number}`), `${number}`).toBe(1)
    for (const text of accepted) expect(count(letters, text), text).toBeLessThanOrEqual(1)
    // The ports are those that stand in people's apps, and the letter on the stick comes again, once.
    for (let round = 0; round < 3; round += 1) {
      await sync(valley, stick.path)
      await sync(ridge, stick.path)
    }
    const [hers, his] = [await inboxLetters(alice), await inboxLetters(bob)]
    expect(count(his, 'carried before')).toBe(1)
    expect(his.filter(({ text }) => text.includes('waiting@test'))).toHaveLength(1)
    expect(hers.filter(({ text }) => text.includes('stick@test')).length).toBeLessThanOrEqual(1)
    // New mail has UIDs that no app has seen, in the folder that the app knows.
    await sendLetter(bob, { to: alice.address, text: 'after', messageId: '<after@test>' })
    await sendLetter(alice, { to: bob.address, text: 'answer', messageId: '<answer@test>' })
    for (let round = 0; round < 2; round += 1) {
      await sync(ridge, stick.path)
      await sync(valley, stick.path)
    }
    await sync(ridge, stick.path)
    const found = await withImap(alice, async client => {
      await client.mailboxOpen('INBOX')
      const news = await client.search(
        { uid: `${seen.uidNext}:*`, header: { 'message-id': '<after@test>' } },
        { uid: true },
      )
      return { ...(await idle(client)), news }
    })
    expect(found.news).toHaveLength(1)
    expect(found.uidValidity).toBe(seen.uidValidity)
    expect(count(await inboxLetters(bob), 'answer')).toBe(1)
    expect(await valley.run(['status'])).toMatchObject({
      repair: null,
      restored: { backupOf: expect.any(String) },
    })
  }, 180_000)

  const local = (text: string) => ({ to: alice.address, text, messageId: `<${text.replaceAll(' ', '-')}@test>` })

  /** An app that reads, files away and flags, all the time. */
  async function churn(flowing: () => boolean): Promise<void> {
    await withImap(alice, async client => {
      await client.mailboxCreate('Kept')
      await client.mailboxOpen('INBOX')
      for (let uid = 1; flowing() && uid <= 30; uid += 1) {
        await client.messageFlagsAdd({ uid: `${uid}` }, ['\\Seen'], { uid: true })
      }
    })
  }

  it('is not opened with another passphrase, and a copy that was cut is no backup', async () => {
    const wrong = await posthorn(['restore', file(), '--passphrase-stdin', '--home', join(folder, 'none')], 'x\n')
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('does not open this backup') })
    const whole = await posthorn(['backup', '--check', file(), '--passphrase-stdin', '--json'], passphrase)
    expect(JSON.parse(whole.stdout)).toMatchObject({ whole: true, node: { name: 'valley' } })
    const cut = join(folder, 'cut')
    await copyFile(file(), cut)
    await truncate(cut, (await stat(file())).size - 1)
    const refused = await posthorn(['restore', cut, '--passphrase-stdin', '--home', join(folder, 'none')], passphrase)
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('not whole') })
    expect((await readdir(folder)).sort()).toEqual(['camp.posthorn', 'cut', 'restored'])
  })
})

const installed = coreBinary('2.57') !== undefined
if (!installed) console.warn('SKIPPED: no Delta Chat core 2.57 for this platform')

describe.skipIf(!installed)('Delta Chat on a node that is restored', () => {
  let folder: string
  let valley: TestNode
  let ridge: TestNode
  let alice: Person
  let bob: Person
  let stick: Awaited<ReturnType<typeof makeStick>>
  let carrying: ReturnType<typeof carryRound>

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-backup-'))
    stick = await makeStick()
    valley = await TestNode.make('valley')
    ridge = await TestNode.make('ridge')
    await introduce(valley, ridge)
    await Promise.all([valley.start(), ridge.start()])
    alice = await login(valley, 'alice')
    bob = await login(ridge, 'bob')
    carrying = carryRound([valley, ridge], stick.path)
  })
  afterAll(async () => {
    await carrying?.stop()
    await Promise.all([alice?.core.stop(), bob?.core.stop()])
    await Promise.all([valley?.remove(), ridge?.remove(), stick?.remove()])
    await rm(folder, { recursive: true, force: true })
  })

  async function login(node: TestNode, name: string): Promise<Person> {
    const { dclogin } = await node.addUser(name)
    const core = DeltaChat.start(join(folder, name))
    return new Person(core, await core.login(dclogin, name))
  }

  const saying = (text: string) => (message: Message) => message.text === text

  it('goes on where it was: nothing is missing, nothing is there twice', async () => {
    const withAlice = await bob.scan(await alice.invite())
    const done = (fields: Readonly<Record<string, unknown>>) => fields['progress'] === 1000
    await Promise.all([bob.event('SecurejoinJoinerProgress', done), alice.event('SecurejoinInviterProgress', done)])
    await bob.sendText(withAlice, 'before')
    const { chatId: withBob } = await alice.incoming(saying('before'))
    await carrying.stop()
    // Waits in the outbox when the backup is made, and is carried by the old node after that.
    const waiting = await alice.sendText(withBob, 'waiting')
    await alice.event('MsgDelivered', fields => fields['msgId'] === waiting)
    await backUp(valley, join(folder, 'camp.posthorn'))
    carrying = carryRound([valley, ridge], stick.path)
    await bob.incoming(saying('waiting'))
    // The app has seen these, with their UIDs; the backup knows nothing of them.
    for (const text of ['forgotten 1', 'forgotten 2']) {
      await bob.sendText(withAlice, text)
      await alice.incoming(saying(text))
    }
    await carrying.stop()
    await alice.core.call('stop_io', alice.account)
    valley = await restoreElsewhere(valley, join(folder, 'camp.posthorn'), folder)
    await valley.start()
    // More than it has forgotten: were their UIDs those of the forgotten ones, the app would look behind them only.
    const after = ['after 1', 'after 2', 'after 3']
    for (const text of after) {
      const sent = await bob.sendText(withAlice, text)
      await bob.event('MsgDelivered', fields => fields['msgId'] === sent)
    }
    await sync(ridge, stick.path)
    await sync(valley, stick.path)
    await valley.run(['toss'])
    await alice.core.call('start_io', alice.account)
    const heard = new Set<string>()
    await alice.incoming(({ text }) => heard.add(text) && after.every(each => heard.has(each)))
    carrying = carryRound([valley, ridge], stick.path)
    await alice.sendText(withBob, 'answer')
    await bob.incoming(saying('answer'))
    const wanted = ['before', 'waiting', 'forgotten 1', 'forgotten 2', ...after, 'answer']
    const texts = async (person: Person, chat: number) => {
      const all = await Promise.all((await person.messageIds(chat)).map(id => person.message(id)))
      const found = all.map(({ text }) => text).filter(text => wanted.includes(text))
      // Those of one second are shown in the order in which they came.
      return found.sort()
    }
    expect(await texts(alice, withBob)).toEqual([...wanted].sort())
    expect(await texts(bob, withAlice)).toEqual([...wanted].sort())
  }, 180_000)
})
