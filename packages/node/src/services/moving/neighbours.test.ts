import {
  formatPublicIdentity,
  generateIdentity,
  type NncpConfig,
  type PrivateIdentity,
  readNncpConfig,
} from '@posthorn/nncp'
import { pureSuite as suite } from '@posthorn/nncp/pure'
import { describe, expect, it } from 'vitest'
import type { Neighbour } from '../../stores/directory/directory.ts'
import { leftOut } from './left-out.ts'
import { legalName, planNeighbours } from './neighbours.ts'
import { boundsOf, fileRulesOf, scheduleOf } from './rules.ts'

const random = suite.blake3Xof(suite.blake3(Buffer.from('neighbours')))
const [us, bob, carol] = Array.from({ length: 3 }, () => generateIdentity(suite, random)) as [
  PrivateIdentity,
  PrivateIdentity,
  PrivateIdentity,
]
const keys = (identity: PrivateIdentity) => ({ ...formatPublicIdentity(identity) })

function configOf(neigh: Readonly<Record<string, object>>, more: object = {}): NncpConfig {
  const read = readNncpConfig(suite, { spool: '/s', neigh, ...more })
  return 'config' in read ? read.config : expect.unreachable(JSON.stringify(read.faults))
}

const plan = (neigh: Readonly<Record<string, object>>, known: readonly Neighbour[] = []) =>
  planNeighbours(configOf(neigh), { known, self: us.id, at: 5 })

describe('neighbours of NNCP', () => {
  it('become neighbours that never acknowledge, with their addresses and relays', () => {
    const addrs = { lan: '[fe80::1%eth0]:5400', far: 'bob.example:3389', ssh: '|ssh far nncp-daemon -ucspi' }
    const { neighbours, notes } = plan({
      bob: { ...keys(bob), addrs },
      carol: { ...keys(carol), via: ['bob', 'self'] },
    })
    expect(neighbours.map(({ neighbour }) => neighbour)).toMatchObject([
      {
        name: 'bob',
        custody: 'copy',
        posthorn: false,
        addresses: [
          'tcp://[fe80::1]:5400?zone=eth0',
          'tcp://bob.example:3389',
          'pipe:ssh%20far%20nncp-daemon%20-ucspi',
        ],
        via: [],
      },
      { name: 'carol', identity: { id: carol.id }, via: [bob.id], addresses: [] },
    ])
    expect(notes).toEqual([])
  })

  it('get legal names of their own, and it is said', () => {
    const { neighbours, notes } = plan({ Größe_1: keys(bob), 'größe 1': keys(carol) })
    const [first, second] = neighbours.map(({ neighbour }) => neighbour.name)
    expect(first).toBe('gro-e-1')
    expect(second).toBe(`gro-e-1-${carol.id.slice(0, 8).toLowerCase()}`)
    expect(notes.map(({ what }) => what)).toEqual(['neigh.Größe_1', 'neigh.größe 1'])
    const letters = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/
    const names = ['', '...', '-a-', 'x'.repeat(99), `${'x'.repeat(39)}-y`, '日本', '../../etc', 'a\u0000b']
    const taken = new Set<string>()
    for (const name of names) {
      const legal = legalName(name, bob.id, taken)
      expect(legal).toMatch(letters)
      expect(taken.has(legal)).toBe(false)
      taken.add(legal)
    }
  })

  it('that are known stay as they are; this node and doubles are left out', () => {
    const [old] = plan({ robert: keys(bob) }).neighbours
    if (old === undefined) return expect.unreachable()
    const { neighbours, notes } = plan({ bob: keys(bob), me: keys(us), twin: keys(carol), carol: keys(carol) }, [
      old.neighbour,
    ])
    expect(neighbours.map(({ was, known, neighbour }) => [was, known, neighbour.name])).toEqual([
      ['bob', true, 'robert'],
      ['twin', false, 'twin'],
    ])
    expect(notes.map(({ what }) => what)).toEqual(['neigh.me', 'neigh.carol'])
  })

  it('are called through a shell only where NNCP needed one, and not over Yggdrasil', () => {
    const addrs = {
      shell: `|cd /x && ssh 'far' "nncp"`,
      mesh: 'yggdrasil:bob-pub;prv;peer',
      wrong: 'nowhere',
      quote: "|a 'b",
    }
    const { neighbours, notes } = plan({ bob: { ...keys(bob), addrs } })
    const [url = ''] = neighbours[0]?.neighbour.addresses ?? []
    expect(decodeURIComponent(url)).toBe(`pipe:/bin/sh -c 'cd /x && ssh '"'"'far'"'"' "nncp"'`)
    expect(neighbours[0]?.neighbour.addresses).toHaveLength(1)
    expect(notes.map(({ what }) => what.split('.').at(-1))).toEqual(['shell', 'mesh', 'wrong', 'quote'])
  })
})

describe('what has no place here', () => {
  it('is told, all of it', () => {
    const bobs = {
      ...keys(bob),
      incoming: '/i',
      freq: { path: '/p' },
      rxrate: 1,
      calls: [{ cron: '* * * * *', nock: true }],
    }
    const execs = {
      ...keys(carol),
      exec: { sendmail: ['/s'], run: ['/r'] },
      onlinedeadline: 5,
      maxonlinetime: 6,
      txrate: 2,
    }
    const area = { id: bob.id, subs: ['bob'] }
    const letter = { from: 'a', to: 'b' }
    const notify = { file: letter, exec: { '*.x': letter, 'carol.run': letter } }
    const config = configOf(
      { self: { ...keys(us), exec: { sendmail: ['/s'], own: ['/o'] } }, bob: bobs, carol: execs },
      {
        ...{ log: '/l', umask: '022', noprogress: true, nohdr: true, 'mcd-listen': ['.*'], 'mcd-send': { '.*': 10 } },
        'yggdrasil-aliases': { myprv: 'SECRET' },
        ...{ areas: { news: area }, notify },
      },
    )
    const notes = leftOut(config, ['neigh.bob.colour'])
    expect(notes.map(({ what }) => what).sort()).toEqual(
      [
        ...['log', 'umask', 'noprogress', 'nohdr', 'mcd-listen', 'mcd-send', 'yggdrasil-aliases'],
        ...['neigh.self.exec.sendmail', 'neigh.bob.exec', 'neigh.bob.calls[0].nock'],
        ...['neigh.self.exec.own', 'neigh.carol.exec.sendmail', 'notify.file', 'notify.exec.*.x'],
        'neigh.bob.colour',
      ].sort(),
    )
    expect(JSON.stringify(notes)).not.toContain('SECRET')
  })
})

describe('what a neighbour may do', () => {
  it('with files and lines is the same as with NNCP', () => {
    const freq = { path: '/pub', chunked: 1024, minsize: 2, maxsize: 4096 }
    const calls = [{ cron: '*/5 * * * *', xx: 'rx', addr: 'lan', nice: 'P', 'when-tx-exists': true, rxrate: 3 }]
    const more = { incoming: '/in', freq, rxrate: 10, onlinedeadline: 1800, maxonlinetime: 3600, calls }
    const addrs = { lan: '127.0.0.1:5400', mesh: 'yggdrasil:x' }
    const [first, second] = configOf({ bob: { ...keys(bob), ...more, addrs }, carol: keys(carol) }).neighbours
    if (first === undefined || second === undefined) return expect.unreachable()
    expect(fileRulesOf(first)).toMatchObject({ takesFiles: true, incoming: '/in', requestPath: '/pub' })
    expect(fileRulesOf(first)).toMatchObject({ requestChunkBytes: 1_048_576, requestMinimumBytes: 2048 })
    expect(fileRulesOf(second)).toMatchObject({ takesFiles: false, requestPath: null, requestBytesMax: null })
    expect(boundsOf(first)).toMatchObject({
      onlineDeadlineMs: 1_800_000,
      onlineMsMax: 3_600_000,
      rxPacketsPerSecond: 10,
    })
    const [call] = first.calls
    if (call === undefined) return expect.unreachable()
    const expected = { cron: '*/5 * * * *', whenWaiting: true, nicenessMax: 96, direction: 'receive' }
    expect(scheduleOf(call, first)).toMatchObject({
      ...expected,
      address: 'tcp://127.0.0.1:5400',
      rxPacketsPerSecond: 3,
    })
    expect(scheduleOf({ ...call, address: 'mesh' }, first)).toBeUndefined()
  })
})
