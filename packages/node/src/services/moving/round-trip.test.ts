/** Everything of NNCP's configuration that has a place here comes back as it was. */
import {
  encodeBase32,
  formatArea,
  formatPublicIdentity,
  generateArea,
  generateIdentity,
  nncpConfigValue,
  readNncpConfig,
} from '@posthorn/nncp'
import { pureSuite as suite } from '@posthorn/nncp/pure'
import { describe, expect, it } from 'vitest'
import { memoryDirectory } from '../../stores/directory/memory.ts'
import { planAreas } from './areas.ts'
import { configOut } from './config-out.ts'
import { planNeighbours } from './neighbours.ts'
import { rulesOf } from './rules.ts'

const random = suite.blake3Xof(suite.blake3(Buffer.from('round trip')))
const identity = () => generateIdentity(suite, random)
const [us, bob, carol] = [identity(), identity(), identity()]
const [news, passing, third] = [generateArea(suite, random), generateArea(suite, random), generateArea(suite, random)]
const keys = { bob: { ...formatPublicIdentity(bob) }, carol: { ...formatPublicIdentity(carol) } }
const sendmail = { sendmail: ['/usr/sbin/sendmail'] }

type Value = Readonly<Record<string, unknown>>

function configOf(value: Value) {
  const read = readNncpConfig(suite, { spool: '/s', log: '/l', ...value })
  return 'config' in read ? read.config : expect.unreachable(JSON.stringify(read.faults))
}

/** In and out again: the value, and what was noted on each way. */
async function roundTrip(value: Value) {
  const config = configOf(value)
  const directory = memoryDirectory()
  const here = { self: us.id, at: 5, known: [] }
  const plan = planNeighbours(config, here)
  const notes = [...plan.notes]
  for (const { neighbour, from } of plan.neighbours) {
    const { rules, notes: noted } = rulesOf(from, config, cron => !cron.includes('31 2'))
    notes.push(...noted)
    expect(await directory.neighbours.moveIn(neighbour, rules)).toBe('added')
  }
  const planned = planAreas(config, here)
  for (const { area } of planned.areas) expect(await directory.areas.put(area)).toBe('added')
  const out = configOut(
    {
      neighbours: await Promise.all(
        (await directory.neighbours.list()).map(async neighbour => {
          const { id } = neighbour.identity
          const [files, calling] = [await directory.files.get(id), await directory.calling.get(id)]
          return { neighbour, files, calling, handles: await directory.handles.list(id) }
        }),
      ),
      areas: await directory.areas.list(),
      ownFolder: ({ name }) => `/own/${name}`,
    },
    { spool: '/s', log: '/l' },
  )
  const whats = [...notes, ...planned.notes].map(({ what }) => what)
  return { value: nncpConfigValue(out.config), noted: whats, notedOut: out.notes.map(({ what }) => what), directory }
}

describe('from NNCP and back', () => {
  it('neighbours keep addresses, relays, programs, files, calls and bounds', async () => {
    const addrs = {
      'address-1': '[fe80::1%eth0]:5400',
      'address-2': '[2001:db8::1]:5400',
      'address-3': 'bob.example:3389',
      'address-4': `|sh -c 'a "b"'`,
    }
    const bounds = { rxrate: 10, txrate: 20, onlinedeadline: 1800, maxonlinetime: 3600 }
    const first = { cron: '*/1 * * * MON-FRI', nice: 'P', xx: 'rx', addr: 'address-3', 'when-tx-exists': true }
    const neigh = {
      bob: {
        ...keys.bob,
        addrs,
        ...bounds,
        exec: { ...sendmail, run: ['/bin/run', '', 'a b'], 'more.x': ['more'] },
        incoming: '/in/bob',
        freq: { path: '/pub', chunked: 1024, minsize: 2, maxsize: 4096 },
        calls: [first, { cron: '0 1 * * *', addr: '10.0.0.1:5400', ...bounds }, { cron: '30 1 * * *', xx: 'tx' }],
      },
      carol: { ...keys.carol, via: ['bob'], exec: { ...sendmail, run: ['/bin/other'] }, freq: { chunked: 64 } },
    }
    const notify = { exec: { 'bob.run': { from: 'nncp@here', to: 'root@here' } } }
    const trip = await roundTrip({ neigh, notify })
    expect(trip.value).toEqual({ spool: '/s', log: '/l', neigh, notify })
    expect(trip.noted).toEqual(['notify.exec.bob.run'])
    expect(trip.notedOut).toEqual([])
  })

  it('areas keep keys, subscribers, folders and who is let in; names are in small letters', async () => {
    const all = { subs: ['bob', 'carol'], incoming: '/in/news', exec: sendmail, 'allow-unknown': true }
    const areas = {
      news: { ...formatArea(news), ...all },
      passing: { id: passing.id, subs: ['carol'] },
      third: { id: third.id, pub: encodeBase32(third.publicKey), prv: encodeBase32(third.privateKey) },
    }
    const neigh = { bob: { ...keys.bob, exec: sendmail }, carol: { ...keys.carol, exec: sendmail } }
    const { value, noted } = await roundTrip({ neigh, areas })
    const sorted = { ...all, subs: [bob, carol].sort((a, b) => (a.id < b.id ? -1 : 1)).map(nameOf) }
    expect(value).toEqual({ spool: '/s', log: '/l', neigh, areas: { ...areas, news: { ...areas.news, ...sorted } } })
    expect(noted).toEqual(['areas.news.exec.sendmail'])
    const shouting = await roundTrip({
      neigh,
      areas: {
        'News List': { ...formatArea(news), exec: { run: ['/bin/run'] }, subs: [bob.id, 'bob', 'self'] },
        'news-list': { id: passing.id },
        again: { id: passing.id },
      },
    })
    const { areas: kept } = shouting.directory
    expect(await kept.get(news.id)).toMatchObject({ name: 'news-list', subscribers: [bob.id], handles: [] })
    expect(await kept.get(passing.id)).toMatchObject({ name: `news-list-${passing.id.slice(0, 8).toLowerCase()}` })
    expect(shouting.noted).toEqual([
      ...['areas.News List', 'areas.News List.exec.run', 'areas.news-list', 'areas.again'],
    ])
  })

  it('what cannot be taken over, or written out, is told', async () => {
    const neigh = {
      bob: {
        ...keys.bob,
        exec: { ['x'.repeat(256)]: ['/bin/a'], ok: ['/bin/b'], near: ['./c'] },
        freq: { chunked: 1 },
        rxrate: 0,
        calls: [{ cron: '0 0 31 2 *' }, { cron: '* * * * *', addr: 'yggdrasil:x' }],
      },
    }
    const notify = { exec: { '*.ok': { from: '"a b"@c', to: '<root>' } } }
    const { noted, directory } = await roundTrip({ neigh, notify })
    const [long, chunked] = [`neigh.bob.exec.${'x'.repeat(256)}`, 'neigh.bob.freq.chunked']
    expect(noted).toEqual([
      long,
      'notify.exec.*.ok',
      'neigh.bob.exec.near',
      'neigh.bob.calls[0]',
      'neigh.bob.calls[1]',
      chunked,
    ])
    const handle = await directory.handles.get(bob.id, 'ok')
    expect(handle).toEqual({ name: 'ok', command: ['/bin/b'], resultFrom: null, resultTo: [] })

    const neighbour = (await directory.neighbours.get(bob.id)) ?? expect.unreachable()
    const calling = await directory.calling.get(bob.id)
    const bounds = { ...calling.bounds, rxBytesPerSecond: 5000 }
    const schedule = { ...bounds, cron: '* * * * *', whenWaiting: false, nicenessMax: 255, direction: 'both' } as const
    const files = { ...(await directory.files.get(bob.id)), takesFiles: true }
    const area = { ...news, name: 'news', subscribers: [carol.id], takesFiles: true, incoming: null }
    const { config, notes } = configOut(
      {
        neighbours: [
          {
            neighbour: { ...neighbour, addresses: ['memory:x'] },
            calling: { bounds, schedules: [{ ...schedule, number: 7, address: 'memory:x' }], pausedAt: null },
            handles: [{ name: 'ok', command: ['/bin/b'], resultFrom: null, resultTo: ['a@sender', 'bob', 'c@d.e'] }],
            files,
          },
        ],
        areas: [{ ...area, handles: ['sendmail', 'run'], allowUnknown: false, addedAt: 1 }],
        ownFolder: ({ name }) => `/own/${name}`,
      },
      { spool: '/s', log: '/l' },
    )
    expect(notes.map(({ what }) => what)).toEqual([
      'bob, memory:x',
      'bob, ok, letters to a@sender, c@d.e',
      'bob, bytes a second',
      'bob, schedule 7',
      `area news, subscribers ${carol.id}`,
      'area news, run',
    ])
    expect(config.neighbours[0]).toMatchObject({ incoming: '/own/bob', calls: [], addresses: [] })
    expect(config.areas[0]).toMatchObject({ incoming: '/own/news', exec: sendmail, subscribers: [] })
    expect(config.notify.exec).toEqual({ 'bob.ok': { from: 'nncp@localhost', to: 'bob' } })
  })
})

function nameOf({ id }: { readonly id: string }): string {
  return id === bob.id ? 'bob' : 'carol'
}
