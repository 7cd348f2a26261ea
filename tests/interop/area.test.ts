/** Areas, with stock NNCP nodes among ours, over one stick that goes round: everybody hears everything once. */
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatPublicIdentity, type PublicIdentity, parsePublicIdentity } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lettersOnDisk } from '../support/mail.ts'
import { posthorn, TestNode } from '../support/node.ts'
import { makeStick, sync } from '../support/stick.ts'
import {
  introduce,
  makeNncpArea,
  makeNncpNode,
  type NncpArea,
  type NncpNode,
  nncp,
  nncpInstalled,
  recordedCalls,
  recordingHandle,
} from './nncp.ts'

type Keys = Pick<NncpArea, 'id' | 'pub' | 'prv'>
type Anybody = TestNode | NncpNode

describe.skipIf(!nncpInstalled)('areas', () => {
  let home: string
  let stick: Awaited<ReturnType<typeof makeStick>>
  let nodes: Map<string, Anybody>

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'posthorn-area-'))
    stick = await makeStick()
    nodes = new Map()
  })

  afterEach(async () => {
    for (const node of nodes.values()) if (node instanceof TestNode) await node.remove()
    await stick.remove()
    await rm(home, { recursive: true, force: true })
  })

  async function ours(name: string): Promise<TestNode> {
    const node = await TestNode.make(name)
    nodes.set(name, node)
    await node.addUser('bob')
    return node
  }

  async function stock(name: string): Promise<NncpNode> {
    const node = await makeNncpNode(home, name)
    nodes.set(name, node)
    return node
  }

  async function identityOf(node: Anybody): Promise<PublicIdentity> {
    if (!(node instanceof TestNode)) return node.identity
    const { nncp: keys } = await node.run<{ nncp: Record<string, string> }>(['card', 'show'])
    return parsePublicIdentity(pureSuite, keys)
  }

  const callsOf = (name: string) => join(home, `calls-${name}`)

  /** Everybody knows everybody, but for who is left out, and passes messages of the area on to `subs`. */
  async function mesh(keys: Keys, subs: Record<string, string[]>, options: { keyless?: string[] } = {}): Promise<void> {
    const { keyless = [] } = options
    for (const [name, node] of nodes) {
      const others = [...nodes].filter(([other]) => other !== name)
      const all = keyless.includes(name) ? { id: keys.id } : keys
      if (node instanceof TestNode) {
        for (const [other, them] of others) {
          const card = them instanceof TestNode ? await them.card() : join(home, `${other}.json`)
          if (!(them instanceof TestNode)) await writeFile(card, JSON.stringify(formatPublicIdentity(them.identity)))
          await node.run(['neighbour', 'add', card, '--name', other])
        }
        const given = JSON.stringify({ areas: { news: keys } })
        await node.run(['area', 'join', '-', ...(keyless.includes(name) ? ['--relay'] : [])], given)
        await node.run(['area', 'subscribe', 'news', ...(subs[name] ?? [])])
      } else {
        const known = await Promise.all(
          others.map(async ([other, them]) => [other, { identity: await identityOf(them) }]),
        )
        const handles = { sendmail: recordingHandle(callsOf(name)) }
        const inside = keyless.includes(name) ? {} : { incoming: node.incoming, exec: handles }
        await introduce(node, Object.fromEntries(known), { news: { ...all, subs: subs[name] ?? [], ...inside } })
      }
    }
  }

  /** The stick goes round until nothing more can happen. */
  async function carry(rounds = 4, tossStatus = 0): Promise<void> {
    for (let round = 0; round < rounds; round += 1) {
      for (const node of nodes.values()) {
        if (node instanceof TestNode) {
          expect((await sync(node, stick.path)).bad).toEqual([])
        } else {
          await nncp(node, 'xfer', ['-quiet', '-mkdir', '-rx', stick.path])
          const tossed = await nncp(node, 'toss', ['-quiet', '-noprogress'], { mayFail: true })
          expect(tossed.status).toBeLessThanOrEqual(tossStatus)
          await nncp(node, 'xfer', ['-quiet', '-mkdir', '-tx', stick.path])
        }
      }
    }
    for (const node of nodes.values()) {
      if (!(node instanceof TestNode)) continue
      expect(await node.run(['quarantine', 'list'])).toEqual([])
      const { neighbours } = await node.run<{ neighbours: { queued: { packets: number } }[] }>(['status'])
      for (const { queued } of neighbours) expect(queued.packets).toBe(0)
    }
  }

  async function ourKeys(node: TestNode): Promise<Keys> {
    await node.run(['area', 'create', 'news'])
    return (await node.run<{ nncp: Keys }>(['area', 'show', 'news', '--secret'])).nncp
  }

  /** A letter for bob at each of our nodes that is named, by `nncp-exec` or our own command. */
  async function post(from: string, subject: string, to: string[]): Promise<void> {
    const node = nodes.get(from)
    const addresses: string[] = []
    for (const name of to) {
      const found = nodes.get(name)
      if (!(found instanceof TestNode)) continue
      const users = (await found.run<{ users: { address: string }[] }>(['status'])).users
      addresses.push(...users.map(({ address }) => address))
    }
    const letter = `Message-ID: <${subject}@test>\nSubject: ${subject}\n\nHello.\n`
    if (node instanceof TestNode) {
      await node.run(['exec', 'area:news', 'sendmail', ...addresses], letter)
    } else if (node !== undefined) {
      await nncp(node, 'exec', ['-quiet', '-nice', 'P', 'area:news', 'sendmail', ...addresses], { input: letter })
      await nncp(node, 'toss', ['-quiet', '-noprogress', '-node', 'self'])
    }
  }

  async function heard(name: string): Promise<string[]> {
    const node = nodes.get(name)
    const letters =
      node instanceof TestNode
        ? await lettersOnDisk(node.home, 'bob')
        : (await recordedCalls(callsOf(name))).map(({ input }) => input.toString())
    return letters.map(letter => /Subject: (\S+)/.exec(letter)?.[1] ?? letter).sort()
  }

  // The example of NNCP's manual.
  const subs = { a: ['b', 'd'], b: ['c', 'd', 'a'], c: ['b'], d: ['a', 'b'] }

  it('ours in the middle without keys, stock ones around it: each message reaches each once', async () => {
    const a = await ours('a')
    await ours('b')
    await stock('c')
    await stock('d')
    await mesh(await ourKeys(a), subs, { keyless: ['b'] })
    for (const author of ['a', 'c', 'd']) await post(author, `from-${author}`, ['a', 'b'])
    await carry()
    expect(await heard('a')).toEqual(['from-c', 'from-d'])
    expect(await heard('b')).toEqual([])
    expect(await heard('c')).toEqual(['from-a', 'from-d'])
    expect(await heard('d')).toEqual(['from-a', 'from-c'])
  })

  it('a stock one in the middle without keys, ours around it: each message reaches each once', async () => {
    await ours('a')
    await stock('b')
    await ours('c')
    await ours('d')
    await mesh(await makeNncpArea(), subs, { keyless: ['b'] })
    for (const author of ['a', 'c', 'd']) await post(author, `from-${author}`, ['a', 'c', 'd'])
    await carry()
    expect(await heard('a')).toEqual(['from-c', 'from-d'])
    expect(await heard('c')).toEqual(['from-a', 'from-d'])
    expect(await heard('d')).toEqual(['from-a', 'from-c'])
  })

  it('everybody subscribed to everybody: many roads, each message once', async () => {
    const names = ['a', 'b', 'c', 'd']
    const a = await ours('a')
    await stock('b')
    await ours('c')
    await stock('d')
    const everybody = Object.fromEntries(names.map(name => [name, names.filter(other => other !== name)]))
    await mesh(await ourKeys(a), everybody)
    for (const author of names) await post(author, `from-${author}`, ['a', 'c'])
    await carry()
    for (const name of names) {
      expect(await heard(name)).toEqual(names.filter(other => other !== name).map(other => `from-${other}`))
    }
  })

  it('arguments and an empty input arrive at a stock node as they were said', async () => {
    const a = await ours('a')
    const d = await stock('d')
    const keys = await ourKeys(a)
    await mesh(keys, { a: ['d'], d: ['a'] })
    const handles = { count: recordingHandle(callsOf('d')) }
    const us = { a: { identity: await identityOf(a) } }
    await introduce(d, us, { news: { ...keys, subs: ['a'], exec: handles } })
    const odd = ['-x', '', 'two words', 'grüße 😀']
    const call = ['exec', '--home', a.home, '--reply-nice', 'F', 'area:news', 'count', '--', ...odd]
    const done = await posthorn(call)
    expect(done.code).toBe(0)
    await carry(2)
    // NNCP names the area as the sender.
    expect(await recordedCalls(callsOf('d'))).toEqual([
      { args: odd, input: Buffer.alloc(0), sender: keys.id, niceness: '32' },
    ])
  })

  it('a stock node calls a handle at ours by the area, with its arguments, once', async () => {
    const [a, b] = [await ours('a'), await ours('b')]
    const d = await stock('d')
    for (const [name, node] of [
      ['a', a],
      ['b', b],
    ] as const) {
      const command = JSON.stringify(recordingHandle(callsOf(name)))
      await appendFile(join(node.home, 'posthorn.toml'), `\n[exec.count]\ncommand = ${command}\nfrom = []\n`)
    }
    const keys = await makeNncpArea()
    await mesh(keys, { a: ['b', 'd'], b: ['a', 'd'], d: ['a', 'b'] })
    await a.run(['area', 'set', 'news', '--exec', 'count'])
    const odd = ['-x', '', 'two words', 'grüße 😀']
    const input = 'what it reads\n'.repeat(50)
    await nncp(d, 'exec', ['-quiet', '-replynice', 'F', 'area:news', 'count', ...odd], { input })
    await nncp(d, 'toss', ['-quiet', '-noprogress', '-node', 'self'])
    for (let round = 0; round < 2; round += 1) {
      for (const node of [a, b]) {
        await nncp(d, 'xfer', ['-quiet', '-mkdir', '-tx', stick.path])
        await sync(node, stick.path)
        await node.run(['toss'])
      }
    }
    const called = { args: odd, input: Buffer.from(input), sender: keys.id, niceness: '32' }
    expect(await recordedCalls(callsOf('a'))).toEqual([called])
    expect(await recordedCalls(callsOf('b'))).toEqual([])
    const refused = { reason: 'messages of the area news may not call "count" here' }
    expect(await a.run(['quarantine', 'list'])).toEqual([])
    expect(await b.run(['quarantine', 'list'])).toMatchObject([refused])
  })

  it.each([
    ['small', 3000, 0],
    // Above about 3 KiB nncp-toss 8.8.2 delivers a message, then fails and leaves its packet, also among its like.
    ['large', 300_000, 1],
  ])('a file that is %s goes from ours to stock nodes, once', async (_, sizeBytes, tossStatus) => {
    const a = await ours('a')
    const [c, d] = [await stock('c'), await stock('d')]
    await mesh(await ourKeys(a), { a: ['c', 'd'], c: ['d'], d: ['c'] })
    const content = Buffer.alloc(sizeBytes, 'all of it ')
    await writeFile(join(home, 'list.txt'), content)
    const sent = await a.run(['file', 'send', join(home, 'list.txt'), 'area:news', '--as', 'nodes.txt'])
    expect(sent).toMatchObject({ area: 'news', copies: 2 })
    await carry(3, tossStatus)
    for (const node of [c, d]) {
      expect(await readdir(node.incoming)).toEqual(['nodes.txt'])
      expect(Buffer.compare(await readFile(join(node.incoming, 'nodes.txt')), content)).toBe(0)
    }
  })

  it('files of a stock node, whole and in chunks, come into the folder of the area at ours, once', async () => {
    const [a, b] = [await ours('a'), await ours('b')]
    const c = await stock('c')
    await mesh(await makeNncpArea(), { a: ['b', 'c'], b: ['a', 'c'], c: ['a', 'b'] })
    const content = Buffer.alloc(2500, 'all of it ')
    await writeFile(join(home, 'list.txt'), content)
    await nncp(c, 'file', ['-quiet', join(home, 'list.txt'), 'area:news:whole.txt'])
    await nncp(c, 'file', ['-quiet', '-chunked', '1', join(home, 'list.txt'), 'area:news:pieces.txt'])
    await nncp(c, 'toss', ['-quiet', '-noprogress', '-node', 'self'])
    await carry(3)
    for (const node of [a, b]) {
      const { files } = await node.run<{ files: string }>(['area', 'show', 'news'])
      const names = (await readdir(files)).filter(name => !name.startsWith('.')).sort()
      expect(names).toEqual(['pieces.txt', 'whole.txt'])
      for (const name of names) expect(Buffer.compare(await readFile(join(files, name)), content)).toBe(0)
    }
  })
})
