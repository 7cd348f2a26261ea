/** What a local client, a hostile card, an odd folder or a full disk can do to a node through its operations. */
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatPublicIdentity, generateIdentity } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OperatingError } from '../../base/errors.ts'
import { silentLog } from '../../base/log.ts'
import { type Card, cardLink } from '../../stores/directory/card.ts'
import { startAdminServer } from '../admin/server.ts'
import { type Node, openNode } from '../assemble.ts'
import { type Home, homeAt } from '../home.ts'
import { initNode } from '../init.ts'
import { renewal } from '../renewal.ts'
import type { ServedNode } from '../served.ts'
import { runNamed } from './run.ts'
import type { NeighbourStatus } from './types.ts'

let folder: string
let home: Home
let node: Node
let served: ServedNode

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'posthorn-operations-'))
  home = homeAt(join(folder, 'home'))
  await initNode(home, { name: 'camp', autoPorts: true })
  node = await openNode(home, silentLog)
  const ports = { smtp: 1, smtps: 2, imap: 3, imaps: 4, pop3: 6, pop3s: 7, web: 8470, nncp: 5 }
  served = {
    ...node,
    running: false,
    openness: { lan: false, by: 'setting', fault: null },
    renewal: renewal(),
    chat: null,
    listeners: {},
    endLogins: async () => 0,
    reach: async () => ({ ports, lanHost: null }),
  }
})
afterEach(async () => {
  await node.stop()
  rmSync(folder, { recursive: true, force: true })
})

const context = { signal: new AbortController().signal, progress: () => {} }
const run = (name: string, params: unknown = {}, on: ServedNode = served) => runNamed(on, name, params, context)
const refused = (code: string) => ({ code, retry: 'never' })
const users = async () => (await node.directory.users.list()).map(user => user.name)

function body(text: string) {
  const bytes = Buffer.from(text)
  return {
    sizeBytes: bytes.length,
    async *read(startBytes = 0) {
      yield bytes.subarray(startBytes)
    },
  }
}

describe('garbage on the admin socket', () => {
  let server: Awaited<ReturnType<typeof startAdminServer>>
  let sockets: Socket[]
  beforeEach(async () => {
    sockets = []
    server = await startAdminServer(home, (name, params, how) => runNamed(served, name, params, how), silentLog)
  })
  afterEach(async () => {
    for (const socket of sockets) socket.destroy()
    await server.stop()
  })

  /** What the daemon says until so many lines came or the connection ended. */
  async function say(bytes: string | Uint8Array, linesMax = 1): Promise<Record<string, unknown>[]> {
    const socket = connect(home.socket)
    sockets.push(socket)
    socket.on('error', () => {})
    socket.write(bytes)
    let text = ''
    for await (const chunk of socket) {
      text += String(chunk)
      if (text.split('\n').length > linesMax) break
    }
    const lines = text.split('\n').filter(line => line !== '')
    return lines.map(line => JSON.parse(line) as Record<string, unknown>)
  }
  const works = async () => {
    const [answer] = await say('{"id":7,"operation":"user.list","params":{}}\n')
    expect(answer).toEqual({ id: 7, result: [] })
  }

  it('that is no request is answered, and the connection goes on', async () => {
    const rubbish = [
      '',
      'hello',
      '[]',
      'null',
      '5',
      '{"id":"1","operation":"status"}',
      '{"id":1}',
      '\0\x1b[2J',
      '{'.repeat(9),
    ]
    const lines = `${rubbish.join('\n')}\n{"id":7,"operation":"user.list","params":{}}\n`
    const answers = await say(lines, rubbish.length + 1)
    for (const answer of answers.slice(0, -1))
      expect(answer).toMatchObject({ id: null, error: { code: 'bad-request' } })
    expect(answers).toHaveLength(rubbish.length + 1)
    expect(answers.at(-1)).toEqual({ id: 7, result: [] })
  })

  it('of 100 MB in one line is answered, with memory flat', async () => {
    const before = process.memoryUsage().rss
    const [answer] = await say(Buffer.alloc(100 * 1024 * 1024, 'x'))
    expect(answer).toMatchObject({ id: null, error: { code: 'line-too-long' } })
    // The line itself is in this process too.
    expect(process.memoryUsage().rss - before).toBeLessThan(250 * 1024 * 1024)
    await works()
  })

  it('cut off anywhere ends its own connection only', async () => {
    for (const text of ['{"id":1,"opera', '{"id":1,"operation":"folder.sync","params":{}}\n', '']) {
      const socket = connect(home.socket)
      socket.on('error', () => {})
      await new Promise<void>(resolve => socket.write(text || '\n', () => resolve()))
      socket.destroy()
    }
    await works()
  })

  it('nobody else may connect', () => {
    expect(statSync(home.socket).mode & 0o077).toBe(0)
    expect(statSync(home.path).mode & 0o077).toBe(0)
  })
})

describe('parameters of wrong types, sizes and kinds', () => {
  const wrong: readonly [operation: string, params: unknown][] = [
    ['user.add', { name: 5 }],
    ['user.add', { name: null }],
    ['user.add', { name: ['alice'] }],
    ['user.add', { name: 'alice', password: 12_345_678 }],
    ['user.add', { name: 'alice', password: ['long enough'] }],
    ['user.add', { name: 'alice', admin: 'yes' }],
    ['user.add', { name: 'alice', owner: true }],
    ['user.add', { name: 'x'.repeat(100_000) }],
    ['user.add', []],
    ['user.add', null],
    ['user.add', 'alice'],
    ['user.remove', { name: { toString: 1 } }],
    ['user.password', {}],
    ['neighbour.add', { card: 5 }],
    ['neighbour.add', { card: 'x', via: 'abc' }],
    ['neighbour.add', { card: 'x', orVia: [[]] }],
    ['neighbour.add', { card: 'x', orVia: Array.from({ length: 9 }, () => ['a']) }],
    ['neighbour.add', { card: 'x', addr: [5] }],
    ['neighbour.add', { card: 'x', addr: ['\x1b[2J'] }],
    ['neighbour.add', { card: 'x', addr: Array.from({ length: 1000 }, () => 'tcp://x') }],
    ['neighbour.add', { card: 'x', custody: 'none' }],
    ['neighbour.show', { name: 1 }],
    ['neighbour.limit', { name: 'x', onlineMsMax: 0 }],
    ['neighbour.limit', { name: 'x', txBytesPerSecond: 100 }],
    ['neighbour.limit', { name: 'x', rxPacketsPerSecond: '5' }],
    ['schedule.add', { neighbour: 'x' }],
    ['schedule.add', { neighbour: 'x', cron: '\x1b[2J * * * *' }],
    ['schedule.add', { neighbour: 'x', cron: '* '.repeat(10_000) }],
    ['schedule.add', { neighbour: 'x', cron: '* * * * *', nicenessMax: 256 }],
    ['schedule.add', { neighbour: 'x', cron: '* * * * *', direction: 'up' }],
    ['schedule.remove', { neighbour: 'x', number: 'all' }],
    ['folder.add', { path: 5 }],
    ['folder.add', { path: 'relative' }],
    ['folder.add', { path: '/tmp\0/x' }],
    ['folder.sync', { folder: {} }],
    ['quarantine.remove', { number: '1; DROP TABLE users' }],
    ['quarantine.remove', { number: {} }],
    ['quarantine.remove', { number: 1.5 }],
  ]

  it.each(wrong)('%s %j is refused and changes nothing', async (operation, params) => {
    await expect(run(operation, params)).rejects.toMatchObject(refused('bad-request'))
    expect(await users()).toEqual([])
    expect(await node.directory.neighbours.list()).toEqual([])
    expect(await node.directory.folders.list()).toEqual([])
  })

  it.each(['__proto__', 'constructor', 'toString', 'user', '\x1b[2J', 'x'.repeat(10_000)])(
    'the operation %j does not exist',
    async name => {
      const failure = await run(name).catch((error: unknown) => error)
      expect(failure).toMatchObject(refused('unknown-operation'))
      expect((failure as Error).message.length).toBeLessThan(200)
      expect((failure as Error).message).not.toContain('\x1b')
    },
  )

  it('a refused password is not in the refusal', async () => {
    const failure = await run('user.add', { name: 'alice', password: { secret: 'hunter2' } }).catch(error => error)
    expect(String(failure)).not.toContain('hunter2')
  })
})

describe('adding a person', () => {
  it('on a full disk leaves nobody behind, and works when there is room', async () => {
    const create = () => Promise.reject(new OperatingError('full', { code: 'disk-full', retry: 'later' }))
    const onFullDisk = { ...served, mailbox: { ...node.mailbox, create } }
    await expect(run('user.add', { name: 'alice' }, onFullDisk)).rejects.toMatchObject({ code: 'disk-full' })
    expect(await users()).toEqual([])
    expect(await run('user.add', { name: 'alice' })).toMatchObject({ address: `alice@${node.domain}` })
  })

  it('does not give them the mail of somebody of that name whose removal was cut off', async () => {
    await run('user.add', { name: 'bob' })
    const letter = { body: body('Subject: secret\r\n\r\nfor the old bob\r\n'), returnPath: null, messageId: null }
    await node.mailbox.deliver({ user: 'bob', deliveryId: 'one', at: 1, ...letter })
    await node.directory.users.remove('bob')
    await run('user.add', { name: 'bob' })
    const account = node.mailbox.account('bob', `bob@${node.domain}`)
    await account.releaseHeld()
    expect(await account.status('INBOX')).toMatchObject({ messages: 0 })
  })

  it('twice at the same time makes one, and keeps their mail', async () => {
    const outcomes = await Promise.allSettled([run('user.add', { name: 'eve' }), run('user.add', { name: 'eve' })])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })
})

describe('a packet folder', () => {
  it('cannot be the whole machine, the home, or inside it, nor what leads there', async () => {
    const link = join(folder, 'link')
    symlinkSync(home.path, link)
    for (const path of ['/', home.path, `${home.path}/`, home.mail, home.spool, link, join(link, 'spool')]) {
      await expect(run('folder.add', { path })).rejects.toMatchObject(refused('bad-folder'))
      await expect(run('folder.sync', { folder: path })).rejects.toMatchObject(refused('bad-folder'))
    }
    expect(await node.directory.folders.list()).toEqual([])
  })

  it('cannot be a file, a link to nothing, a link in a circle, or a name without end', async () => {
    writeFileSync(join(folder, 'file'), '')
    symlinkSync(join(folder, 'nothing'), join(folder, 'dangling'))
    symlinkSync(join(folder, 'circle'), join(folder, 'circle'))
    for (const name of ['file', 'file/below', 'dangling', 'circle', 'x'.repeat(300), 'nothing']) {
      await expect(run('folder.add', { path: join(folder, name) })).rejects.toMatchObject(refused('no-such-folder'))
    }
  })

  it('reached by a link is the folder itself, so that the link can lead nowhere else later', async () => {
    mkdirSync(join(folder, 'stick'))
    symlinkSync(join(folder, 'stick'), join(folder, 'link'))
    expect(await run('folder.add', { path: join(folder, 'link') })).toMatchObject({ path: join(folder, 'stick') })
  })
})

describe('a hostile card', () => {
  const stranger = generateIdentity(pureSuite, length => crypto.getRandomValues(new Uint8Array(length)))
  const cardWith = (changes: Partial<Card>) => {
    const card = { name: 'far', domains: [], addresses: [], acknowledges: true, issuedAt: 1, ...changes }
    return cardLink(pureSuite, stranger, card)
  }
  const keys = formatPublicIdentity(stranger)

  it.each([
    ['escape codes in its name', { name: 'x\x1b[2J' }],
    ['a name with a line end', { name: 'x\nposthorn' }],
    ['a name that is a path', { name: '../../x' }],
    ['an empty name', { name: '' }],
    ['a domain with escape codes', { domains: ['x\x1b.example'] }],
    ['a domain in capitals', { domains: ['CAMP.EXAMPLE'] }],
    ['a single label for a domain', { domains: ['localhost'] }],
    ['an address with a line end', { addresses: ['tcp://x\ny'] }],
  ])('with %s is refused, whatever name it is given here', async (_, changes) => {
    const asked = run('neighbour.add', { card: cardWith(changes), name: 'good' })
    await expect(asked).rejects.toMatchObject(refused('bad-card'))
    expect(await node.directory.neighbours.list()).toEqual([])
  })

  it('of nested brackets, of __proto__ or of a megabyte is refused, soon', async () => {
    const bombs = [
      '['.repeat(500_000),
      '{a:'.repeat(200_000),
      `{"__proto__": ${JSON.stringify(keys)}}`,
      `{"__proto__": {"self": ${JSON.stringify(keys)}}}`,
      `{"self": {"__proto__": ${JSON.stringify(keys)}}}`,
      `{"signpub": {"length": 52}, "exchpub": [], "id": 5}`,
      `'''${'\n'.repeat(500_000)}`,
      `/*${'*'.repeat(900_000)}`,
      'x'.repeat(1024 * 1024),
      `posthorn:${'A'.repeat(1_000_000)}`,
      '\0'.repeat(1000),
    ]
    for (const card of bombs) await expect(run('neighbour.add', { card })).rejects.toMatchObject(refused('bad-card'))
    await expect(run('neighbour.add', { card: 'x'.repeat(1024 * 1024 + 1) })).rejects.toMatchObject(
      refused('bad-request'),
    )
    expect(await node.directory.neighbours.list()).toEqual([])
    expect(Object.hasOwn(Object.prototype, 'signpub')).toBe(false)
  })

  it('of stock NNCP may name addresses; those that are no plain words are left out', async () => {
    const addrs = { lan: '192.0.2.1:5400', evil: 'x\x1b[2J:1', __proto__x: 'a b', more: 5 }
    const added = await run('neighbour.add', { card: JSON.stringify({ ...keys, addrs }), name: 'stock' })
    expect(added).toMatchObject({ addresses: ['tcp://192.0.2.1:5400'], custody: 'copy' })
  })

  it('cannot take a relay away that others are reached by', async () => {
    await run('neighbour.add', { card: cardWith({}), name: 'relay' })
    const behind = generateIdentity(pureSuite, length => crypto.getRandomValues(new Uint8Array(length)))
    await run('neighbour.add', { card: JSON.stringify(formatPublicIdentity(behind)), name: 'behind', via: ['relay'] })
    await expect(run('neighbour.remove', { name: 'relay' })).rejects.toMatchObject(refused('relay-needed'))
    const card = JSON.stringify(formatPublicIdentity(behind))
    const orVia = [['relay']]
    const other = (await run('neighbour.add', { card, name: 'behind', via: [], orVia })) as NeighbourStatus
    expect(other).toMatchObject({ via: [], otherRoads: [[expect.any(String)]] })
    await expect(run('neighbour.remove', { name: 'relay' })).rejects.toMatchObject(refused('relay-needed'))
    expect(await run('neighbour.add', { card })).toMatchObject({ otherRoads: other.otherRoads })
    expect(await run('neighbour.add', { card, orVia: [] })).toMatchObject({ otherRoads: [] })
    const unknown = run('neighbour.add', { card, orVia: [['nobody']] })
    await expect(unknown).rejects.toMatchObject(refused('unknown-neighbour'))
    await run('neighbour.remove', { name: 'behind' })
    expect(await run('neighbour.remove', { name: 'relay' })).toEqual({ name: 'relay', packetsDropped: 0 })
  })
})
