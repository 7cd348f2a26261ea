/** Commands of NNCP that only look at things, beside ours: they see the same. */
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeBase32, formatNiceness, formatPublicIdentity, mthHasher } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cronTimes } from '../../packages/node/src/services/courier/cron.ts'
import { TestNode } from '../support/node.ts'
import { makeNncpNode, type NncpNode, nncp, nncpInstalled, run } from './nncp.ts'

describe.skipIf(!nncpInstalled)('nncp-cronexpr', () => {
  it.each([
    '* * * * *',
    '*/7 8-18 * * MON-FRI',
    '0 0 1 1 *',
    '5,35 */3 * JAN,JUL *',
    '0 0 13 * FRI',
    '0 0 * * 7',
    '0 0 * * 5#2',
    '0 0 * * 5L',
    '0 12 L * *',
    '0 0 15W * *',
    '30 */2 * * * *',
    '0 0 1 1 * 2090',
    '*/15 * * * * * *',
    '@hourly',
    '@daily',
    '@weekly',
    '@monthly',
    '@annually',
  ])('tells the times of %s as we do', async expression => {
    const said = (await run('nncp-cronexpr', ['-num', '6', expression])).stdout.toString()
    const [now = Number.NaN, ...times] = [...said.matchAll(/\t(\d.*)$/gm)].map(([, time = '']) => Date.parse(time))
    expect(times.length).toBeGreaterThan(0)
    const schedule = cronTimes(expression)
    let after = now
    for (const time of times) {
      expect(new Date(schedule.next(after) ?? Number.NaN)).toEqual(new Date(time))
      after = time
    }
  })

  it.each(['* * * *', '60 * * * *', '@reboot'])('refuses %s, as we do', async expression => {
    expect((await run('nncp-cronexpr', [expression], { mayFail: true })).status).not.toBe(0)
    expect(() => cronTimes(expression)).toThrow()
  })
})

describe.skipIf(!nncpInstalled)('nncp-hash', () => {
  it('of standard input and of a file is our hash', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'posthorn-hash-'))
    try {
      for (const sizeBytes of [0, 1, 131_072, 131_073, 1_000_000]) {
        const bytes = randomBytes(sizeBytes)
        const file = join(folder, String(sizeBytes))
        await writeFile(file, bytes)
        const hasher = mthHasher(pureSuite)
        hasher.update(bytes)
        const ours = Buffer.from(hasher.digest()).toString('hex')
        const [piped, read] = [await run('nncp-hash', [], { input: bytes }), await run('nncp-hash', ['-file', file])]
        expect([piped, read].map(({ stdout }) => stdout.toString().trim())).toEqual([ours, ours])
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})

describe.skipIf(!nncpInstalled)('a spool that we wrote', () => {
  let folder: string
  let node: TestNode
  let bob: NncpNode
  let stock: { readonly configFile: string }
  let waiting: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-commands-'))
    bob = await makeNncpNode(folder, 'bob')
    node = await TestNode.make('camp')
    const keys = join(folder, 'bob.json')
    await writeFile(keys, JSON.stringify(formatPublicIdentity(bob.identity)))
    await node.run(['neighbour', 'add', keys, '--name', 'bob'])
    for (const [nice, text] of Object.entries({ F: 'urgent', N: 'not so', '200': 'whenever' })) {
      const file = join(folder, `${nice}.txt`)
      await writeFile(file, text)
      await node.run(['file', 'send', file, 'bob', '--nice', nice])
    }
    const spool = join(folder, 'spool')
    await mkdir(spool)
    stock = { configFile: join(folder, 'nncp.hjson') }
    await node.run(['export', 'nncp', stock.configFile, '--spool', spool])
    waiting = join(spool, bob.id, 'tx')
  })

  afterAll(async () => {
    await node?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  const ids = async () => (await readdir(waiting)).filter(name => name !== 'hdr').sort()

  it('has names that nncp-hash finds', async () => {
    const names = await ids()
    expect(names).toHaveLength(3)
    for (const name of names) {
      const { stdout } = await run('nncp-hash', [], { input: await readFile(join(waiting, name)) })
      expect(encodeBase32(Buffer.from(stdout.toString().trim(), 'hex'))).toBe(name)
    }
  })

  it('nncp-stat counts as our stat does, by niceness', async () => {
    interface Stat {
      readonly neighbours: readonly { readonly out: readonly { readonly niceness: number; readonly bytes: number }[] }[]
    }
    const { neighbours } = await node.run<Stat>(['stat'])
    expect(neighbours[0]?.out.map(({ niceness }) => niceness)).toEqual([32, 160, 200])
    const said = (await nncp(stock, 'stat', ['-pkt'])).stdout.toString()
    for (const id of await ids()) expect(said).toContain(id)
    expect(said).toMatch(/bob\n/)
    const counts = [...said.matchAll(/nice: *(\S+) .*Tx: .*, +(\d+) pkts/g)].map(([, nice = '', count]) => [
      nice,
      count,
    ])
    expect(counts).toEqual([32, 160, 200].map(niceness => [formatNiceness(niceness), '1']))
  })

  it('nncp-check finds it whole, and what was altered not', async () => {
    await nncp(stock, 'check', ['-quiet'])
    const [first = ''] = await ids()
    const path = join(waiting, first)
    const bytes = await readFile(path)
    await writeFile(path, Buffer.concat([bytes, Buffer.from('x')]))
    expect((await nncp(stock, 'check', ['-quiet'], { mayFail: true })).status).not.toBe(0)
    await writeFile(path, bytes)
    await nncp(stock, 'check', ['-quiet'])
  })

  it('nncp-rm removes from it, and what is removed here is written no more', async () => {
    const [first = '', second = '', third = ''] = await ids()
    await nncp(stock, 'rm', ['-quiet', '-node', 'bob', '-pkt'], { input: `${first}\n` })
    expect(await ids()).toEqual([second, third])
    await nncp(stock, 'rm', ['-quiet', '-node', 'bob', '-tx'])
    expect(await ids()).toEqual([])
    await node.run(['rm', second])
    const again = join(folder, 'again')
    await mkdir(again)
    await node.run(['export', 'nncp', join(folder, 'again.hjson'), '--spool', again])
    expect((await readdir(join(again, bob.id, 'tx'))).sort()).toEqual([first, third])
  })
})
