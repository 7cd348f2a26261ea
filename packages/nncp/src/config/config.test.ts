import { describe, expect, it } from 'vitest'
import { encodeBase32 } from '../base32.ts'
import { formatPrivateIdentity, formatPublicIdentity } from '../identity.ts'
import { pureSuite as suite } from '../pure.ts'
import { alice, bob, carol, seededRandom } from '../testkit.ts'
import {
  type NncpConfig,
  type NncpTree,
  nncpConfigLimits,
  printNncpConfig,
  readNncpConfig,
  treeToNncpValue,
} from './index.ts'

const areaSecret = seededRandom('area')(32)
const areaKey = suite.x25519PublicKey(areaSecret)
const area = { id: encodeBase32(suite.blake2b256(areaKey)), pub: encodeBase32(areaKey), prv: encodeBase32(areaSecret) }

/** Everything that the manual names. */
const full = {
  spool: '/var/spool/nncp',
  log: '/var/spool/nncp/log',
  umask: '022',
  noprogress: true,
  nohdr: true,
  'mcd-listen': ['em[0-3]', 'igb_.*'],
  'mcd-send': { 'em[0-3]': 60 },
  'yggdrasil-aliases': { myprv: '60bb' },
  notify: {
    file: { from: 'nncp@localhost', to: 'user@example.com' },
    exec: { 'bob.somehandle': { from: 'a', to: 'b' } },
  },
  self: { ...formatPrivateIdentity(alice) },
  neigh: {
    self: { ...formatPublicIdentity(alice), exec: { sendmail: ['/usr/sbin/sendmail'] } },
    bob: {
      ...formatPublicIdentity(bob),
      exec: { flag: ['/usr/bin/touch', '-t', ''] },
      incoming: '/home/bob/incoming',
      freq: { path: '/home/bob/pub', chunked: 1024, minsize: 2048, maxsize: 4096 },
      onlinedeadline: 1800,
      maxonlinetime: 3600,
      rxrate: 10,
      txrate: 20,
      addrs: { lan: '[fe80::1234%igb0]:5400', proxied: '|ssh remote.host nncp-daemon -ucspi' },
      calls: [
        { cron: '*/1 * * * MON-FRI', nice: 'PRIORITY+10', autotoss: true, 'autotoss-doseen': true },
        { cron: '0 * * * SAT,SUN', xx: 'rx', addr: 'lan', 'when-tx-exists': true, rxrate: 5 },
      ],
    },
    carol: { ...formatPublicIdentity(carol), via: ['bob'] },
  },
  areas: {
    news: { ...area, subs: ['bob', 'carol'], incoming: '/news', 'allow-unknown': true },
    'whatever.pvt': { id: area.id, subs: ['bob'] },
  },
}

function read(value: unknown): NncpConfig {
  const result = readNncpConfig(suite, value)
  if ('faults' in result) return expect.unreachable(JSON.stringify(result.faults))
  return result.config
}

function faults(value: unknown): string[] {
  const result = readNncpConfig(suite, value)
  return 'faults' in result ? result.faults.map(({ path, message }) => `${path}: ${message}`) : []
}

const withBob = (more: object) => ({ ...full, neigh: { ...full.neigh, bob: { ...full.neigh.bob, ...more } } })

describe('a configuration of NNCP', () => {
  it('is read with all that the manual names', () => {
    const config = read(full)
    expect(config).toMatchObject({ spool: '/var/spool/nncp', umask: '022', noProgress: true, noHeaders: true })
    expect(config.discoverySend).toEqual([{ interfaces: 'em[0-3]', everySeconds: 60 }])
    expect(config.self?.id).toBe(alice.id)
    expect(config.own?.exec).toEqual({ sendmail: ['/usr/sbin/sendmail'] })
    const [first, second] = config.neighbours
    expect(first).toMatchObject({
      name: 'bob',
      identity: { id: bob.id },
      freq: { path: '/home/bob/pub', chunkKib: 1024, sizeKibMin: 2048, sizeKibMax: 4096 },
      rxRate: 10,
      onlineDeadlineSeconds: 1800,
      addresses: [
        { name: 'lan', address: '[fe80::1234%igb0]:5400' },
        { name: 'proxied', address: '|ssh remote.host nncp-daemon -ucspi' },
      ],
      calls: [
        { cron: '*/1 * * * MON-FRI', nicenessMax: 106, only: null, flags: ['autotoss', 'autotoss-doseen'] },
        { only: 'rx', address: 'lan', rxRate: 5, flags: ['when-tx-exists'] },
      ],
    })
    expect(second).toMatchObject({ name: 'carol', via: ['bob'], calls: [] })
    expect(config.areas.map(({ name, privateKey }) => [name, privateKey !== null])).toEqual([
      ['news', true],
      ['whatever.pvt', false],
    ])
    expect(config.notify.exec['bob.somehandle']).toEqual({ from: 'a', to: 'b' })
  })

  it('is printed so that it is read as the same again, with its comments', () => {
    const config = read(full)
    const text = printNncpConfig(config, { '': 'made by a test\nKEEP SECRET', 'neigh.bob': 'a friend' })
    expect(text).toMatch(/^# made by a test\n# KEEP SECRET\n\{\n/)
    expect(text).toContain('    # a friend\n    "bob": {\n')
    expect(read(JSON.parse(text.replaceAll(/^ *#.*$/gm, '')))).toEqual(config)
  })

  it('may be a stripped one, without private keys', () => {
    const config = read({ spool: '/s', log: '/l', neigh: { bob: formatPublicIdentity(bob) } })
    expect(config.self).toBeNull()
    expect(config.neighbours).toHaveLength(1)
  })

  it('tells everything that is wrong at once, and no value', () => {
    const other = encodeBase32(seededRandom('other')(32))
    const told = faults({
      ...full,
      spool: 7,
      umask: '999',
      self: { ...full.self, exchprv: other },
      neigh: {
        bob: { ...full.neigh.bob, signpub: other, calls: [{ nice: 'URGENT', xx: 'both' }], rxrate: -1 },
        carol: { ...full.neigh.carol, via: ['nobody'], exec: { run: [] } },
        dave: 'here',
      },
      areas: { news: { ...area, prv: other }, none: {} },
    })
    expect(told.sort()).toEqual(
      [
        'areas.news.prv: does not belong to pub',
        'areas.none.id: must be the id of an area, in Base32',
        'neigh.bob.calls[0].cron: is missing',
        'neigh.bob.calls[0].nice: must be a niceness: 1 to 255, or as in PRIORITY+10',
        'neigh.bob.calls[0].xx: must be rx or tx',
        'neigh.bob.rxrate: must be a whole number that is not negative',
        'neigh.bob: id is not the hash of signpub',
        'neigh.carol.exec.run: must name a program: ["/path/to/program"]',
        'neigh.dave: must be a table: { … }',
        'self: exchpub does not belong to the private key',
        'spool: must be text of one line',
        'umask: must be octal digits, as in "022"',
        'neigh.carol.via[0]: names a neighbour that is not there',
      ].sort(),
    )
    for (const line of told) expect(line).not.toContain(other)
  })

  it('names keys that NNCP does not know', () => {
    const result = readNncpConfig(suite, { ...withBob({ onlineDeadline: 1 }), colour: 'red' })
    expect('unknown' in result && result.unknown).toEqual(['neigh.bob.onlineDeadline', 'colour'])
  })

  it('takes no member from a prototype, and holds its limits', () => {
    const polluted: unknown = JSON.parse('{"neigh":{}}')
    Object.setPrototypeOf(polluted, full)
    expect(read(polluted)).toMatchObject({ self: null, spool: null, neighbours: [] })
    expect(faults(null)).toEqual([': is no configuration of NNCP'])
    expect(faults(['spool'])).toHaveLength(2)
    expect(faults({ spool: '/s' })).toEqual(['neigh: is missing: this is no configuration of NNCP'])
    expect(faults(withBob({ via: Array(1001).fill('bob') }))).toEqual(['neigh.bob.via: must be a list: [ … ]'])
    expect(faults(withBob({ incoming: `/${'x'.repeat(5000)}` }))).toEqual([
      'neigh.bob.incoming: must be text of one line',
    ])
    expect(faults(withBob({ incoming: '/a\nb' }))).toHaveLength(1)
    const rubbish = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`n${at}`, 1]))
    expect(faults({ neigh: rubbish })).toHaveLength(nncpConfigLimits.faultsMax)
  })

  it('is read from a directory as from a file', () => {
    const asTree = (value: unknown): string | NncpTree => {
      if (value === true) return ''
      if (typeof value !== 'object' || value === null) return `${String(value)}\n`
      if (Array.isArray(value) && value.every(one => typeof one === 'string')) return value.map(v => `${v}\n`).join('')
      return new Map(Object.entries(value).map(([name, member]) => [name, asTree(member)]))
    }
    const tree = asTree(full)
    expect(read(typeof tree === 'string' ? {} : treeToNncpValue(tree))).toEqual(read(full))
  })
})
