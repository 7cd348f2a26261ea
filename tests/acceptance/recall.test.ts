/** Letters that are taken back, or outlive their lifetime: three real nodes, valley – pass – ridge, and two sticks. */
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../packages/node/src/stores/database/database.ts'
import { inboxLetters, lettersOnDisk, sendLetter } from '../support/mail.ts'
import { type Access, introduce, posthorn, TestNode } from '../support/node.ts'
import { makeStick, sync } from '../support/stick.ts'

interface Recalled {
  readonly recipients: readonly {
    readonly recipient: string
    readonly state: string
    readonly copies: readonly string[]
    readonly relays: readonly { readonly name: string | null; readonly answer: string | null }[]
  }[]
}

interface Tracked {
  readonly journeys: readonly { readonly state: string }[]
}

describe('a letter that is taken back', () => {
  let valley: TestNode
  let pass: TestNode
  let ridge: TestNode
  let alice: Access
  let bob: Access
  let carol: Access
  let blue: Awaited<ReturnType<typeof makeStick>>
  let red: Awaited<ReturnType<typeof makeStick>>

  beforeAll(async () => {
    ;[blue, red] = [await makeStick(), await makeStick()]
    valley = await TestNode.make('valley')
    pass = await TestNode.make('pass')
    ridge = await TestNode.make('ridge')
    await introduce(valley, pass)
    await introduce(ridge, pass)
    await valley.run(['neighbour', 'add', await ridge.card(), '--via', 'pass'])
    await ridge.run(['neighbour', 'add', await valley.card(), '--via', 'pass'])
    await appendFile(join(pass.home, 'posthorn.toml'), '\n[relay]\nfrom = ["valley", "ridge"]\n')
    await appendFile(join(valley.home, 'posthorn.toml'), '\n[mail]\nlifetime_days = 2\n')
    ;[alice, carol, bob] = await Promise.all([valley.addUser('alice'), pass.addUser('carol'), ridge.addUser('bob')])
    for (const node of [valley, pass, ridge]) await node.start()
  }, 60_000)
  afterAll(async () => {
    await Promise.all([valley, pass, ridge].map(node => node?.remove()))
    await Promise.all([blue, red].map(stick => stick?.remove()))
  })

  /** The blue stick goes from one to the next. */
  const visit = async (...nodes: readonly TestNode[]) => {
    for (const node of nodes) await sync(node, blue.path)
  }
  const recall = async (messageId: string) => {
    const { recipients } = await valley.run<Recalled>(['recall', messageId])
    return recipients[0]
  }
  const stateOf = async (messageId: string) => {
    const { journeys } = await valley.run<Tracked>(['track', messageId])
    return journeys.map(({ state }) => state)
  }
  const write = (to: Access, messageId: string) =>
    sendLetter(alice, { to: to.address, subject: messageId, text: 'x', messageId: `<${messageId}>` })
  const subjects = async (user: Access) =>
    (await inboxLetters(user)).map(({ text }) => /^Subject: (.*)\r$/m.exec(text)?.[1])
  const waitingAt = async (node: TestNode, name: string) => {
    const { neighbours } = await node.run<{ neighbours: { name: string; queued: { packets: number } }[] }>(['status'])
    return neighbours.find(neighbour => neighbour.name === name)?.queued.packets
  }

  it('while it waits at a relay is dropped there, and its node says that it does not deliver it', async () => {
    await write(bob, 'relayed@test')
    await visit(valley, pass)
    await expect.poll(() => waitingAt(pass, 'ridge'), { timeout: 20_000 }).toBe(1)
    expect(await recall('relayed@test')).toMatchObject({ state: 'asked', relays: [{ name: 'pass', answer: null }] })
    expect((await valley.run<Tracked>(['track', 'relayed@test'])).journeys).toMatchObject([{ recallAsked: true }])
    const dropped = async () => {
      await visit(valley, pass)
      return recall('relayed@test')
    }
    await expect.poll(dropped, { timeout: 20_000 }).toMatchObject({ relays: [{ answer: 'dropped' }] })
    const answered = async () => {
      await visit(pass, ridge, pass, valley)
      return recall('relayed@test')
    }
    await expect.poll(answered, { timeout: 20_000 }).toMatchObject({ state: 'recalled' })
    expect(await stateOf('relayed@test')).toEqual(['recalled'])
    expect((await valley.run<Tracked>(['track', 'relayed@test'])).journeys).toMatchObject([{ recallAsked: false }])
    expect(await subjects(bob)).toEqual([])
    expect((await posthorn(['recall', 'relayed@test', '--home', valley.home])).stdout).toContain(
      'ridge says that it does not deliver it',
    )
  })

  it('after it was delivered is too late, and that is what is said', async () => {
    await write(carol, 'delivered@test')
    await visit(valley, pass)
    await expect.poll(() => subjects(carol), { timeout: 20_000 }).toEqual(['delivered@test'])
    await recall('delivered@test')
    const answered = async () => {
      await visit(valley, pass, valley)
      return recall('delivered@test')
    }
    await expect.poll(answered, { timeout: 20_000 }).toMatchObject({ state: 'too-late' })
    expect((await posthorn(['recall', 'delivered@test', '--home', valley.home])).stdout).toContain(
      'too late: pass says that it had taken it in before',
    )
    expect(await stateOf('delivered@test')).not.toContain('recalled')
    expect(await subjects(carol)).toEqual(['delivered@test'])
  })

  it('of which copies lie on sticks: one is taken off at home, the other dropped where it comes', async () => {
    await write(carol, 'copied@test')
    await sync(valley, red.path)
    await sync(valley, blue.path)
    expect((await recall('copied@test'))?.copies).toHaveLength(2)
    expect((await sync(valley, blue.path)).retired).toBeGreaterThan(0)
    const answered = async () => {
      await visit(pass, valley)
      return recall('copied@test')
    }
    await expect.poll(answered, { timeout: 20_000 }).toMatchObject({ state: 'recalled' })
    expect((await sync(pass, red.path)).taken.packets).toBeGreaterThan(0)
    await expect.poll(() => waitingIn(pass), { timeout: 20_000 }).toBe(0)
    expect(await subjects(carol)).toEqual(['delivered@test'])
    expect(await stateOf('copied@test')).toEqual(['recalled'])
  })

  it('or has outlived its lifetime when it comes: not delivered, and its sender told once', async () => {
    await write(carol, 'slow@test')
    await sync(valley, red.path)
    await valley.end()
    turn(valley, 4)
    await valley.start()
    await write(carol, 'quick@test')
    await visit(valley, pass)
    await expect.poll(() => subjects(carol), { timeout: 20_000 }).toContain('quick@test')
    await sync(pass, red.path)
    // The receipt leaves by whichever stick comes first.
    await sync(valley, red.path)
    const told = async () => {
      await visit(pass, valley)
      return stateOf('slow@test')
    }
    await expect.poll(told, { timeout: 20_000 }).toEqual(['expired'])
    const reports = async () =>
      (await lettersOnDisk(valley.home, 'alice')).filter(text => text.includes('Your message has expired'))
    await expect.poll(async () => (await reports()).length, { timeout: 20_000 }).toBe(1)
    await told()
    expect(await reports()).toHaveLength(1)
    expect(await subjects(carol)).not.toContain('slow@test')
  })

  async function waitingIn(node: TestNode): Promise<number> {
    const { inbox } = await node.run<{ inbox: { packets: number } }>(['status'])
    return inbox.packets
  }
})

/** The node has run on so many more days, its letters have left, and it has not looked at how old they are. */
function turn(node: TestNode, days: number): void {
  const database = openDatabase(join(node.home, 'posthorn.db'))
  database.transaction(() => {
    database.run('UPDATE calendar SET day = day + ?', days)
    database.run('UPDATE custody SET day = day + ?', days)
    database.run('DELETE FROM outbox WHERE custody IS NOT NULL')
  })
  database.close()
}
