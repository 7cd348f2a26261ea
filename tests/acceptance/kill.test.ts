import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askDaemon } from '../../packages/node/src/node/admin/client.ts'
import { homeAt } from '../../packages/node/src/node/home.ts'
import { lettersOnDisk, sendLetter } from '../support/mail.ts'
import { type Access, introduce, TestNode } from '../support/node.ts'
import { makeStick, sync } from '../support/stick.ts'

const killsWanted = 200
/** Long enough to reach every stage of a round: greeting, submission, both syncs, toss, acks. */
const killDelayMsMax = 450

/** The same sequence of delays and victims in every run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const after = (delayMs: number) => new Promise(resolve => setTimeout(resolve, delayMs))

describe('kill -9 at any moment', () => {
  let valley: TestNode
  let ridge: TestNode
  let alice: Access
  let stick: Awaited<ReturnType<typeof makeStick>>

  beforeAll(async () => {
    stick = await makeStick()
    valley = await TestNode.make('valley')
    ridge = await TestNode.make('ridge')
    await introduce(valley, ridge)
    alice = await valley.addUser('alice')
    await valley.addUser('carol')
    await ridge.addUser('bob')
  })

  afterAll(async () => {
    await Promise.all([valley.remove(), ridge.remove(), stick.remove()])
  })

  /** A client that, like Delta Chat, sends a letter again (with the same Message-ID) until it was told 250. */
  function outbox(recipients: readonly string[]) {
    const unsent: string[] = []
    let made = 0
    return {
      accepted: [] as string[],
      add(): void {
        unsent.push(`letter-${made++}`)
      },
      async flush(): Promise<void> {
        for (const name of [...unsent]) {
          await sendLetter(alice, { to: recipients, text: `token ${name}.`, messageId: `<${name}@test>` })
          unsent.splice(unsent.indexOf(name), 1)
          this.accepted.push(name)
        }
      },
    }
  }

  const syncQuickly = (node: TestNode) =>
    askDaemon(homeAt(node.home), {
      ...{ operation: 'folder.sync', params: { folder: stick.path }, progress: () => {} },
      signal: new AbortController().signal,
    })

  it(`loses and doubles nothing in ${killsWanted} kills`, { timeout: 900_000 }, async () => {
    const random = seeded(20_261_121)
    const bob = (await ridge.run<{ address: string }[]>(['user', 'list']))[0]?.address ?? ''
    const letters = outbox([bob, alice.address.replace('alice@', 'carol@')])
    await Promise.all([valley.start(), ridge.start()])

    for (let kills = 0; kills < killsWanted; kills += 1) {
      letters.add()
      const victim = random() < 0.5 ? valley : ridge
      const round = (async () => {
        await letters.flush()
        await syncQuickly(valley)
        await syncQuickly(ridge)
        await syncQuickly(valley)
      })().catch(() => {})
      await after(random() * killDelayMsMax)
      await victim.end('SIGKILL')
      await round
      await victim.start()
    }

    await letters.flush()
    for (let turn = 0; turn < 3; turn += 1) {
      for (const node of [valley, ridge]) await sync(node, stick.path)
    }
    const wanted = letters.accepted.map(name => `token ${name}.`).sort()
    expect(wanted.length).toBe(killsWanted)
    for (const [node, user] of [
      [ridge, 'bob'],
      [valley, 'carol'],
    ] as const) {
      const found = (await lettersOnDisk(node.home, user)).map(text => /token [a-z0-9-]+\./.exec(text)?.[0] ?? text)
      expect(found.sort()).toEqual(wanted)
    }
    const status = await valley.run<{ neighbours: { queued: { packets: number } }[]; quarantine: number }>(['status'])
    expect(status.neighbours[0]?.queued.packets).toBe(0)
    expect(status.quarantine).toBe(0)
  })
})
