import { copyFile, mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ImapFlow } from 'imapflow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inboxLetters, sendLetter, withImap } from '../support/mail.ts'
import { type Access, posthorn, TestNode, twoNodes } from '../support/node.ts'
import { makeStick, sync } from '../support/stick.ts'

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
    expect(await valley.run(['status'])).toMatchObject({ restored: { backupOf: expect.any(String) } })
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
