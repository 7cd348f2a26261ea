/** What a person does with areas, and what may never be seen of their secrets. */
import { appendFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeBase32, formatArea, formatPublicIdentity, generateArea, generateIdentity } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Log } from '../../base/log.ts'
import { areaSecretLink } from '../../stores/directory/area-link.ts'
import { type Node, openNode } from '../assemble.ts'
import { homeAt } from '../home.ts'
import { initNode } from '../init.ts'
import { renewal } from '../renewal.ts'
import type { ServedNode } from '../served.ts'
import type { AreaShown, AreaStatus } from './area-types.ts'
import { runNamed } from './run.ts'

const random = (sizeBytes: number) => crypto.getRandomValues(new Uint8Array(sizeBytes))

let folder: string
let node: Node
let served: ServedNode
let logged: string

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'posthorn-areas-')))
  const home = homeAt(join(folder, 'home'))
  await initNode(home, { name: 'camp', autoPorts: true })
  appendFileSync(home.config, '\n[exec.ring]\ncommand = ["/bin/true"]\nfrom = []\n')
  logged = ''
  const note = (message: string, fields?: object) => {
    logged += `${message} ${JSON.stringify(fields)}\n`
  }
  const log: Log = { debug: note, info: note, warn: note, error: note, with: () => log }
  node = await openNode(home, log)
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
const run = <T = AreaStatus>(name: string, params: unknown = {}) =>
  runNamed(served, name, params, context) as Promise<T>
const refused = (code: string) => ({ code, retry: 'never' })

async function neighbour(name: string): Promise<string> {
  const identity = generateIdentity(pureSuite, random)
  await run('neighbour.add', { card: JSON.stringify(formatPublicIdentity(identity)), name })
  return identity.id
}

describe('an area', () => {
  it('is made, shown with and without its secret, and joined elsewhere by it', async () => {
    const made = await run('area.create', { name: 'news' })
    expect(made).toMatchObject({ name: 'news', reads: true, writes: true, subscribers: [], handles: ['sendmail'] })
    const open = await run<AreaShown>('area.show', { name: 'news' })
    expect(open).toMatchObject({ link: expect.stringMatching(/^posthorn-area:/), nncp: { id: made.id } })
    expect(Object.keys(open)).not.toContain('secretLink')
    expect(Object.keys(open.nncp)).toEqual(['id'])
    const secret = await run<AreaShown>('area.show', { name: made.id, secret: true })
    expect(Object.keys(secret.nncp)).toEqual(['id', 'pub', 'prv'])

    await run('area.remove', { name: 'news' })
    await expect(run('area.show', { name: 'news' })).rejects.toMatchObject(refused('unknown-area'))
    const passing = await run('area.join', { source: open.link })
    expect(passing).toMatchObject({ id: made.id, reads: false, writes: false, outcome: 'added' })
    await expect(run('area.show', { name: 'news', secret: true })).rejects.toMatchObject(refused('no-area-key'))
    // All that `area show --secret --json` says, as it may lie in a file.
    const joined = await run('area.join', { source: JSON.stringify(secret), name: 'board' })
    expect(joined).toMatchObject({ id: made.id, name: 'board', reads: true, outcome: 'replaced' })
    expect(await run('area.join', { source: open.link })).toMatchObject({ name: 'board', reads: true })
    expect(await run('area.join', { source: open.link, relay: true })).toMatchObject({ reads: false })
  })

  it('of NNCP is joined by what its programs print, its name in small letters', async () => {
    const { id, pub, prv } = formatArea(generateArea(pureSuite, random))
    const keys = `    id: ${id}\n    # a remark\n    pub: ${pub}\n    prv: ${prv}\n`
    const printed = `areas: {\n  News.List: {\n${keys}  }\n}\n`
    expect(await run('area.join', { source: printed })).toMatchObject({ id, name: 'news.list', reads: true })
    const other = formatArea(generateArea(pureSuite, random))
    const several = JSON.stringify({ areas: { one: { id, pub, prv }, two: { id: other.id } } })
    await expect(run('area.join', { source: several })).rejects.toMatchObject(refused('bad-area'))
    expect(await run('area.join', { source: several, name: 'two' })).toMatchObject({ id: other.id, reads: false })
  })

  it('has subscribers, by name or id, also such as are no neighbours any more', async () => {
    await run('area.create', { name: 'news' })
    const [ridge, pass] = [await neighbour('ridge'), await neighbour('pass')]
    await run('area.subscribe', { name: 'news', nodes: ['ridge'] })
    const both = await run('area.subscribe', { name: 'news', nodes: [pass, 'ridge'] })
    expect(new Set(both.subscribers.map(({ name }) => name))).toEqual(new Set(['pass', 'ridge']))
    await run('neighbour.remove', { name: 'ridge' })
    const { subscribers } = await run('area.show', { name: 'news' })
    expect(subscribers).toContainEqual({ id: ridge, name: null })
    const left = await run('area.unsubscribe', { name: 'news', nodes: [ridge] })
    expect(left.subscribers).toEqual([{ id: pass, name: 'pass' }])
    const stranger = run('area.subscribe', { name: 'news', nodes: ['nobody'] })
    await expect(stranger).rejects.toMatchObject(refused('unknown-neighbour'))
  })

  it('is set: its name, its folder, what it may call, and whose word counts', async () => {
    await run('area.create', { name: 'news' })
    await run('area.create', { name: 'other' })
    await expect(run('area.set', { name: 'news', rename: 'other' })).rejects.toMatchObject(refused('name-taken'))
    await expect(run('area.create', { name: 'news' })).rejects.toMatchObject(refused('name-taken'))
    await expect(run('area.create', { name: '../x' })).rejects.toMatchObject(refused('bad-name'))
    const files = join(folder, 'files')
    await expect(run('area.set', { name: 'news', files })).rejects.toMatchObject(refused('no-such-folder'))
    mkdirSync(files)
    const programs = run('area.set', { name: 'news', handles: ['sendmail', 'rm'] })
    await expect(programs).rejects.toMatchObject(refused('unknown-handle'))
    const change = { rename: 'board', files, handles: ['sendmail', 'sendmail'], allowUnknown: true }
    const set = await run('area.set', { name: 'news', ...change })
    expect(set).toMatchObject({ name: 'board', files, handles: ['sendmail'], allowUnknown: true })
    const handles = await run('area.set', { name: 'board', handles: ['ring'] })
    expect(handles).toMatchObject({ handles: ['ring'] })
    const none = await run('area.set', { name: 'board', files: false, handles: [], allowUnknown: false })
    expect(none).toMatchObject({ files: null, handles: [], allowUnknown: false })
  })

  it('takes a message for its subscribers, and nothing else', async () => {
    await run('area.create', { name: 'news' })
    const path = join(folder, 'map.pdf')
    writeFileSync(path, 'the map')
    await expect(run('area.send', { name: 'news', path, as: 'map' })).rejects.toMatchObject(refused('no-subscribers'))
    await neighbour('ridge')
    await run('area.subscribe', { name: 'news', nodes: ['ridge'] })
    expect(await run('area.send', { name: 'news', path, as: 'map' })).toMatchObject({ area: 'news', copies: 1 })
    const call = { name: 'news', handle: 'count', args: ['', '-x'], path, compress: true }
    expect(await run('area.exec', call)).toMatchObject({ copies: 1 })
    expect(await run('neighbour.show', { name: 'ridge' })).toMatchObject({ queued: { packets: 2 } })
    const missing = { name: 'news', path: join(folder, 'none'), as: 'x' }
    await expect(run('area.send', missing)).rejects.toMatchObject({ retry: 'never' })
    await expect(run('area.exec', { ...call, path: folder })).rejects.toMatchObject(refused('not-a-file'))
    await expect(run('area.exec', { ...call, args: ['x'.repeat(255)] })).rejects.toMatchObject(refused('bad-name'))
    expect(await run('neighbour.show', { name: 'ridge' })).toMatchObject({ queued: { packets: 2 } })
  })
})

describe('the secret of an area', () => {
  const area = generateArea(pureSuite, random)
  const link = areaSecretLink(pureSuite, 'news', area.privateKey)
  const prv = encodeBase32(area.privateKey)

  it('is in no error and in no log', async () => {
    const sources = [
      link.slice(0, -1),
      `${link}A`,
      JSON.stringify({ areas: { news: { id: area.id, prv: `${prv}A` } } }),
      JSON.stringify({ areas: { news: { id: 'x', prv } } }),
      `areas: {news: {prv: ${prv}`,
    ]
    for (const source of sources) {
      const error: unknown = await run('area.join', { source }).catch(caught => caught)
      expect(error).toMatchObject(refused('bad-area'))
      expect(String(error)).not.toMatch(new RegExp(`${prv.slice(5, 25)}|${link.slice(40, 60)}`))
    }
    await run('area.join', { source: link })
    await neighbour('ridge')
    await run('area.subscribe', { name: 'news', nodes: ['ridge'] })
    const path = join(folder, 'input')
    writeFileSync(path, 'input')
    await run('area.exec', { name: 'news', handle: 'x', args: [], path, compress: true })
    expect(logged).toContain('message sent to an area')
    expect(logged).not.toContain(prv.slice(5, 25))
    expect(logged).not.toContain(link.slice(40, 60))
  })

  it('is in no answer that did not ask for it', async () => {
    await run('area.join', { source: link })
    const answers = [await run('area.list'), await run('area.show', { name: 'news' }), await run('status')]
    expect(JSON.stringify(answers)).not.toContain(prv)
    expect(JSON.stringify(answers)).not.toContain(link)
  })
})
