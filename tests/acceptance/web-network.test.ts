/** The network as pages see it and act on it: real daemons, a stick, and a line on loopback. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EventOf, type MethodName, type NeighbourSeen, networkMethods, type ParamsOf } from '@posthorn/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Access, TestNode } from '../support/node.ts'
import { makeStick } from '../support/stick.ts'
import { WebPeople } from '../support/web-people.ts'

interface Status {
  readonly node: { readonly id: string }
  readonly listeners: { readonly nncp: { readonly port: number } }
}

describe('the network on the web', () => {
  let camp: TestNode
  let ridge: TestNode
  let stick: Awaited<ReturnType<typeof makeStick>>
  let web: WebPeople
  let files: string
  let people: Access[]

  const ask = <N extends MethodName>(name: N, params: ParamsOf<N>) => web.call('alice', name, params)
  const seen = async (): Promise<NeighbourSeen> => {
    const { neighbours } = await web.call('bob', 'network.show', {})
    return neighbours[0] ?? expect.unreachable()
  }
  const moves = () =>
    web.told.flatMap(({ user, event, data }) =>
      user === 'bob' && event === 'network.moved' ? (data as EventOf<'network.moved'>).moves : [],
    )
  const sendFile = async (name: string, sizeBytes: number) => {
    await writeFile(join(files, name), randomBytes(sizeBytes))
    await camp.run(['file', 'send', join(files, name), 'ridge'])
  }

  beforeAll(async () => {
    files = await mkdtemp(join(tmpdir(), 'posthorn-files-'))
    stick = await makeStick()
    camp = await TestNode.make('camp')
    ridge = await TestNode.make('ridge')
    people = [await camp.addUser('alice'), await camp.addUser('bob')]
    await ridge.addUser('carol')
    await ridge.run(['neighbour', 'add', await camp.card()])
    await Promise.all([camp.start(), ridge.start()])
    web = await WebPeople.of(camp, people)
    await ask('neighbours.add', { card: await ridge.card() })
  })
  afterAll(async () => {
    web?.stop()
    await Promise.all([camp?.remove(), ridge?.remove(), stick?.remove()])
    await rm(files, { recursive: true, force: true })
  })

  it('threat: who looks after nothing sees names only, and can call no method that acts', async () => {
    const { node } = await ridge.run<Status>(['status'])
    const told = JSON.stringify([await web.call('bob', 'network.show', {}), await web.call('bob', 'network.moves', {})])
    expect(told).toContain('ridge')
    expect(told).not.toContain(node.id)
    const acting = Object.entries(networkMethods).filter(([, { role }]) => role === 'admin')
    expect(acting.length).toBeGreaterThan(30)
    for (const [name] of acting) {
      const refused = web.call('bob', name as MethodName, {} as never)
      await expect(refused, name).rejects.toMatchObject({ code: 'admins-only' })
    }
    expect(await ask('areas.list', {})).toEqual([])
    expect(await ask('folders.list', {})).toEqual([])
    expect((await seen()).state).toBe('quiet')
  })

  it('threat: who looks after the node cannot make it run programs by a page', async () => {
    const hostile = ['|touch /tmp/x', 'pipe:touch', 'tcp://a:1?via=socks5://b:1']
    const card = await ridge.card()
    for (const address of hostile) {
      const added = ask('neighbours.add', { card, addresses: [address] })
      await expect(added, address).rejects.toMatchObject({ code: 'bad-params' })
    }
  })

  it('what waits is seen; a paused neighbour gets nothing, also not by a stick, until it goes on', async () => {
    await sendFile('photo.jpg', 50_000)
    expect(await seen()).toMatchObject({ state: 'quiet', queued: { packets: 1 } })
    await ask('neighbours.pause', { neighbour: 'ridge', paused: true })
    await ask('folders.add', { path: stick.path, name: 'blue-1' })
    expect(await ask('folders.sync', { folder: 'blue-1' })).toMatchObject({ held: { packets: 1 }, trouble: null })
    expect(await readdir(stick.path)).toEqual([])
    await camp.end()
    await camp.start()
    web.stop()
    web = await WebPeople.of(camp, people)
    expect((await seen()).state).toBe('paused')
    await ask('neighbours.pause', { neighbour: 'ridge', paused: false })
    await expect.poll(() => readdir(stick.path), { timeout: 30_000 }).toHaveLength(1)
  })

  it('a stick that is to be pulled out has it all, says what, and is left alone', async () => {
    const released = await ask('folders.release', { folder: 'blue-1' })
    expect(released).toMatchObject({ released: true, trouble: null })
    const contents = await ask('folders.contents', { folder: 'blue-1' })
    expect(contents.neighbours).toMatchObject([{ name: 'ridge', packets: 1, arrived: 0 }])
    await sendFile('later.jpg', 1000)
    expect((await ask('folders.contents', { folder: 'blue-1' })).neighbours).toMatchObject([{ packets: 1 }])
    const { folders: shown } = await web.call('bob', 'network.show', {})
    expect(shown).toMatchObject([{ name: 'blue-1', ready: true, released: true }])
  })

  it('a packet is raised and goes first', async () => {
    const { packets } = await ask('spool.packets', { neighbour: 'ridge' })
    const last = packets.at(-1) ?? expect.unreachable()
    expect(packets).toHaveLength(2)
    await ask('spool.raise', { packet: last.id, niceness: 5 })
    const again = await ask('spool.packets', { neighbour: 'ridge', limit: 1 })
    expect(again.packets).toMatchObject([{ id: last.id, niceness: 5 }])
  })

  it('a call empties the queue while everybody sees it move, and history grows', { timeout: 60_000 }, async () => {
    await sendFile('film.mp4', 20_000_000)
    const { port } = (await ridge.run<Status>(['status'])).listeners.nncp
    await ask('neighbours.add', { card: await ridge.card(), addresses: [`tcp://127.0.0.1:${port}`] })
    await ask('neighbours.call', { neighbour: 'ridge' })
    await expect.poll(async () => (await seen()).queued.packets, { timeout: 50_000 }).toBe(0)
    await expect.poll(async () => (await seen()).state).toBe('connected')
    const sent = moves().filter(
      ({ kind, neighbour, sending }) => kind === 'line' && neighbour === 'ridge' && sending.bytes > 0,
    )
    expect(Math.max(...sent.map(({ sending }) => sending.bytesPerSecond))).toBeGreaterThan(0)
    const { days } = await ask('history.show', { neighbour: 'ridge' })
    const bytes = days.reduce((sum, day) => sum + day.sent.bytes, 0)
    expect(bytes).toBeGreaterThan(20_050_000)
    expect(days.some(({ letters }) => letters !== null)).toBe(true)
    const kept = await camp.run<{ days: unknown[] }>(['neighbour', 'history', 'ridge'])
    expect(kept.days).toHaveLength(days.length)
  })
})
