import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inboxLetters, lettersOnDisk, sendLetter } from '../support/mail.ts'
import { type Access, posthorn, TestNode } from '../support/node.ts'

interface Status {
  readonly listeners: { readonly nncp?: { readonly host: string; readonly port: number } }
  readonly neighbours: readonly { readonly name: string; readonly queued: { readonly packets: number } }[]
}

const status = (node: TestNode) => node.run<Status>(['status'])
const queued = async (node: TestNode) => (await status(node)).neighbours[0]?.queued.packets

describe('a live line between two nodes', () => {
  let valley: TestNode
  let ridge: TestNode
  let alice: Access
  let bob: Access

  beforeAll(async () => {
    valley = await TestNode.make('valley')
    ridge = await TestNode.make('ridge')
    alice = await valley.addUser('alice')
    bob = await ridge.addUser('bob')
    await ridge.start()
    const { host, port } = (await status(ridge)).listeners.nncp ?? { host: '', port: 0 }
    expect(host).toBe('127.0.0.1')
    await ridge.run(['neighbour', 'add', await valley.card()])
    await valley.run(['neighbour', 'add', await ridge.card(), '--addr', `tcp://${host}:${port}`])
  })
  afterAll(async () => {
    await Promise.all([valley?.remove(), ridge?.remove()])
  })

  const has = async (access: Access, word: string) =>
    (await inboxLetters(access)).filter(letter => letter.text.includes(word)).length

  it('a call carries what waits, also when this node does not run', async () => {
    const report = await valley.run(['call', 'ridge', '--online-deadline', '1'])
    expect(report).toMatchObject({ neighbour: 'ridge', sent: { packets: 0 }, received: { packets: 0 } })
  })

  it('letters cross both ways by themselves, and nothing stays behind', async () => {
    await valley.start()
    await sendLetter(alice, { to: bob.address, text: 'over the line' })
    await expect.poll(() => has(bob, 'over the line'), { timeout: 30_000 }).toBe(1)
    await sendLetter(bob, { to: alice.address, text: 'and back' })
    await expect.poll(() => has(alice, 'and back'), { timeout: 30_000 }).toBe(1)
    await expect.poll(() => queued(valley), { timeout: 30_000 }).toBe(0)
    await expect.poll(() => queued(ridge), { timeout: 30_000 }).toBe(0)
  })

  it('goes on where kill -9 has cut it, and delivers once', { timeout: 120_000 }, async () => {
    const text = (randomBytes(9_000_000).toString('base64').match(/.{76}/g) ?? []).join('\n')
    const partials = () => readdir(join(ridge.home, 'spool', 'partial'))
    const cutInTheMiddle = async () => {
      await expect.poll(async () => (await partials()).length, { interval: 1, timeout: 30_000 }).toBe(1)
      await ridge.end('SIGKILL')
    }
    const letter = { to: bob.address, text, messageId: '<large@test>' }
    await Promise.all([cutInTheMiddle(), sendLetter(alice, letter)])
    await ridge.start()
    await expect.poll(() => queued(valley), { timeout: 60_000 }).toBe(0)
    await sendLetter(alice, { to: bob.address, text: 'after it' })
    await expect.poll(() => has(bob, 'after it'), { timeout: 30_000 }).toBe(1)
    const letters = await lettersOnDisk(ridge.home, 'bob')
    expect(letters.filter(letter => letter.includes('<large@test>'))).toHaveLength(1)
    expect(await partials()).toEqual([])
  })

  it('who forgets a neighbour hangs up on it', async () => {
    await ridge.run(['neighbour', 'remove', 'valley'])
    const refused = await posthorn(['call', 'ridge', '--home', valley.home, '--json'])
    expect(refused.code).toBe(1)
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'not-welcome' } })
  })
})

describe('addresses', () => {
  let node: TestNode
  beforeAll(async () => {
    node = await TestNode.make('single')
  })
  afterAll(() => node?.remove())

  it('that are none are refused in words', async () => {
    const other = await TestNode.make('other')
    const add = await posthorn(['neighbour', 'add', await other.card(), '--addr', 'gopher://x', '--home', node.home])
    expect(add.code).toBe(1)
    expect(add.stderr).toContain('tcp://host:port')
    await node.run(['neighbour', 'add', await other.card()])
    const call = await posthorn(['call', 'other', '--home', node.home])
    expect(call.code).toBe(1)
    expect(call.stdout).toContain('--addr')
    await other.remove()
  })
})
