/** What stands in NNCP's configuration moves in and out: programs, areas, files, calls; NNCP is on both sides of it. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { formatPublicIdentity } from '@posthorn/nncp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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

interface Imported {
  readonly neighbours: readonly { readonly name: string; readonly handles: readonly string[] }[]
  readonly areas: readonly { readonly name: string; readonly outcome: string }[]
  readonly notes: readonly { readonly what: string }[]
  readonly spool: { readonly heard: number; readonly incoming: { readonly packets: number } }
}

type Table = Readonly<Record<string, unknown>>

describe.skipIf(!nncpInstalled)('the configuration of a stock node', () => {
  let folder: string
  let stick: Awaited<ReturnType<typeof makeStick>>
  let camp: NncpNode
  let bob: NncpNode
  let carol: NncpNode
  let area: Pick<NncpArea, 'id' | 'pub' | 'prv'>
  let before: Table
  let moved: TestNode | undefined
  let home: string
  let address: string

  const callsOf = (what: string) => join(folder, `calls-${what}`)
  const sendmail = { sendmail: ['/usr/sbin/sendmail'] }
  const letter = (subject: string) => `Message-ID: <${subject}@test>\nSubject: ${subject}\n\n${subject}\n`
  const subjects = async () => (await lettersOnDisk(home, 'alice')).map(text => /Subject: (.*?)\r?\n/.exec(text)?.[1])

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-moving-config-'))
    home = join(folder, 'home')
    stick = await makeStick()
    ;[camp, bob, carol] = [
      await makeNncpNode(folder, 'camp'),
      await makeNncpNode(folder, 'bob'),
      await makeNncpNode(folder, 'carol'),
    ]
    area = await makeNncpArea()
    address = `alice@camp-${camp.id.slice(0, 16).toLowerCase()}.nncp.alt`
    const lines = { rxrate: 10, txrate: 20, onlinedeadline: 1800, maxonlinetime: 3600 }
    const self = { ...formatPublicIdentity(camp.identity), exec: sendmail }
    const bobs = {
      ...formatPublicIdentity(bob.identity),
      exec: { ...sendmail, count: recordingHandle(callsOf('count')), 'more.x': ['/bin/true', '', 'a b'] },
      incoming: camp.incoming,
      freq: { path: camp.offered, chunked: 128, minsize: 4, maxsize: 4096 },
      addrs: { 'address-1': '[::1]:5400', 'address-2': '|ssh bob "nncp-daemon" -ucspi' },
      ...lines,
      calls: [
        { cron: '*/7 * * * *', nice: 'P', xx: 'rx', addr: 'address-1', 'when-tx-exists': true },
        { cron: '0 3 * * *', addr: '10.0.0.1:5400', ...lines },
      ],
    }
    const carols = { ...formatPublicIdentity(carol.identity), exec: sendmail, via: ['bob'] }
    before = {
      ...{ spool: camp.spool, log: join(camp.spool, 'log') },
      notify: { exec: { 'bob.count': { from: 'nncp@camp', to: 'root@camp' } } },
      self: JSON.parse(await readFile(join(camp.configFile, '..', 'self.json'), 'utf8')) as Table,
      neigh: { self, bob: bobs, carol: carols },
      areas: {
        news: { ...area, subs: ['bob', 'carol'], incoming: camp.incoming, exec: sendmail, 'allow-unknown': true },
        passed: { id: bob.id, subs: ['carol'] },
      },
    }
    // While it is stock, letters of the area are counted.
    const counting = structuredClone(before) as { areas: { news: { exec: object } } }
    counting.areas.news.exec = { sendmail: recordingHandle(callsOf('news')) }
    await writeFile(camp.configFile, JSON.stringify(counting), { mode: 0o600 })
    const others = { camp: { identity: camp.identity }, bob: { identity: bob.identity } }
    await introduce(
      bob,
      { camp: others.camp, carol: { identity: carol.identity } },
      { news: { ...area, subs: ['camp', 'carol'] } },
    )
    await introduce(carol, others, {
      news: { ...area, subs: ['camp'], exec: { sendmail: recordingHandle(callsOf('carol')) } },
    })
  })

  afterAll(async () => {
    await moved?.remove()
    await stick?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  const give = (node: NncpNode) => nncp(node, 'xfer', ['-quiet', '-mkdir', '-tx', stick.path])
  const take = (node: NncpNode) => nncp(node, 'xfer', ['-quiet', '-rx', stick.path])
  const toss = (node: NncpNode) => nncp(node, 'toss', ['-quiet', '-noprogress'])

  it('moves in: programs, areas, and what of them was heard', async () => {
    await nncp(bob, 'exec', ['-quiet', 'area:news', 'sendmail', address], { input: letter('heard before') })
    await toss(bob)
    await give(bob)
    await take(camp)
    await toss(camp)
    expect(await recordedCalls(callsOf('news'))).toHaveLength(1)
    await writeFile(camp.configFile, JSON.stringify(before), { mode: 0o600 })

    const args = ['import', camp.configFile, '--name', 'camp', '--ports', 'auto', '--loopback', '--home', home]
    const done = await posthorn([...args, '--json'])
    expect(done.stderr).toBe('')
    const imported = JSON.parse(done.stdout) as Imported
    moved = TestNode.at(home)
    expect(imported.neighbours).toMatchObject([
      { name: 'bob', handles: ['count', 'more.x'] },
      { name: 'carol', handles: [] },
    ])
    expect(imported.areas).toMatchObject([{ name: 'news', outcome: 'added' }, { name: 'passed' }])
    expect(imported.spool).toMatchObject({ heard: 1, incoming: { packets: 0 } })
    expect(imported.notes.map(({ what }) => what).sort()).toEqual(
      [
        ...['areas.news.exec.sendmail', 'log', 'notify.exec.bob.count'],
        ...['neigh.self.exec.sendmail', 'neigh.bob.exec.sendmail', 'neigh.carol.exec.sendmail'],
      ].sort(),
    )
    const again = await moved.run<Imported>(['import', camp.configFile])
    expect(again.areas.map(({ outcome }) => outcome)).toEqual(['known', 'known'])
    expect(again.spool.heard).toBe(0)
  })

  it('a message that was heard before, by another road, is not delivered; a new one is', async () => {
    await moved?.addUser('alice')
    await take(carol)
    await toss(carol)
    await give(carol)
    await nncp(bob, 'exec', ['-quiet', 'area:news', 'sendmail', address], { input: letter('new') })
    await toss(bob)
    await give(bob)
    const node = moved ?? expect.unreachable()
    expect(await sync(node, stick.path)).toMatchObject({ taken: { packets: 2 }, bad: [] })
    expect(await subjects()).toEqual(['new'])
    expect(await node.run(['quarantine', 'list'])).toEqual([])
  })

  it('a program that a neighbour might call is called', async () => {
    await nncp(bob, 'exec', ['-quiet', 'camp', 'count', 'one', ''], { input: 'input' })
    await give(bob)
    await sync(moved ?? expect.unreachable(), stick.path)
    await moved?.run(['toss'])
    const [call] = await recordedCalls(callsOf('count'))
    expect(call).toMatchObject({ args: ['one', ''], sender: bob.id })
    expect(call?.input.toString()).toBe('input')
  })

  it('moves out again as it was', async () => {
    const file = join(folder, 'out.hjson')
    const spool = join(folder, 'spool-out')
    await mkdir(spool)
    await moved?.run(['export', 'nncp', file, '--spool', spool])
    const text = await readFile(file, 'utf8')
    const after = JSON.parse(text.replace(/^ *#.*\n/gm, '')) as Table
    expect(sorted({ ...after, spool: '', log: '' })).toEqual(sorted({ ...before, spool: '', log: '' }))
    // So it is to NNCP, which writes all that it reads as a tree.
    const [own, written] = [await treeOf(camp.configFile), await treeOf(file)]
    expect(own.get(join('areas', 'news', 'prv'))).toBeDefined()
    expect(written).toEqual(own)
  })
})

/** What NNCP makes of a configuration, by `nncp-cfgdir`, but for where its spool is. */
async function treeOf(configFile: string): Promise<Map<string, string>> {
  const tree = `${configFile}.tree`
  await nncp({ configFile }, 'cfgdir', ['-dump', tree])
  const files = (await readdir(tree, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile())
  const found = new Map<string, string>()
  for (const { parentPath, name } of files) {
    const path = relative(tree, join(parentPath, name))
    const text = await readFile(join(parentPath, name), 'utf8')
    if (path !== 'spool' && path !== 'log') found.set(path, name === 'subs' ? text.split('\n').sort().join('\n') : text)
  }
  return found
}

/** Subscribers have no order. */
function sorted(config: Table): unknown {
  return JSON.parse(JSON.stringify(config), (name, value: unknown) =>
    name === 'subs' && Array.isArray(value) ? [...(value as string[])].sort() : value,
  )
}
