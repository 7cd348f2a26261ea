/** What every directory must do. Run by the real store and by its twin in memory. */
import { type NodeId, nodeIdFromBytes } from '@posthorn/nncp'
import { describe, expect, test } from 'vitest'
import { noBounds, noRules } from './bounds.ts'
import { type CallSchedule, type Directory, defaultFileRules, type FileRules, type Neighbour } from './directory.ts'
import { directoryLimits } from './limits.ts'

const at = 1_700_000_000_000
const id = (number: number): NodeId => nodeIdFromBytes(new Uint8Array(32).fill(number))
const key = (number: number) => new Uint8Array(32).fill(number)

export type DirectoryFactory = () => Promise<Directory>

function neighbour(number: number, changes: Partial<Neighbour> = {}): Neighbour {
  return {
    identity: { id: id(number), exchangeKey: key(1), signingKey: key(2), noiseKey: number % 2 === 0 ? null : key(3) },
    name: `node-${number}`,
    domains: [`n${number}.example`, 'shared.example'],
    addresses: ['tcp://10.0.0.1:5400'],
    via: [id(77), id(78)],
    otherRoads: [[id(79)], [id(80), id(77)]],
    custody: 'ack',
    posthorn: true,
    card: 'posthorn:card',
    addedAt: at,
    lastContactAt: null,
    ...changes,
  }
}

export function directoryContract(name: string, make: DirectoryFactory): void {
  describe(`directory: ${name}`, () => {
    usersContract(make)
    neighboursContract(make)
    fileRulesContract(make)
    handlesContract(make)
    foldersContract(make)
    callingContract(make)
    invitesContract(make)
  })
}

function usersContract(make: DirectoryFactory): void {
  test('users are added once, listed by name, verified, and removed', async () => {
    const { users } = await make()
    expect(await users.add('bob', 'secret', at)).toBe(true)
    expect(await users.add('bob', 'other', at)).toBe(false)
    expect(await users.add('al.ice-2_', 'password', at + 1)).toBe(true)
    expect(await users.get('bob')).toEqual({ name: 'bob', createdAt: at, selfMade: false, admin: true })
    expect(await users.get('eve')).toBeUndefined()
    expect((await users.list()).map(user => user.name)).toEqual(['al.ice-2_', 'bob'])
    expect(await users.verify('bob', 'secret')).toBe(true)
    expect(await users.verify('bob', 'secret')).toBe(true)
    expect(await users.verify('bob', 'other')).toBe(false)
    expect(await users.verify('bob', '')).toBe(false)
    expect(await users.verify('eve', 'secret')).toBe(false)
    expect(await users.remove('bob')).toBe(true)
    expect(await users.remove('bob')).toBe(false)
    expect(await users.verify('bob', 'secret')).toBe(false)
    expect(await users.add('bob', 'again', at)).toBe(true)
    expect(await users.verify('bob', 'secret')).toBe(false)
  })

  test('two who ask for the same name at once: one has it', async () => {
    const { users } = await make()
    const outcomes = await Promise.all([users.add('bob', 'one', at), users.add('bob', 'two', at)])
    expect(outcomes.sort()).toEqual([false, true])
  })

  test('a new password counts at once and the old one no more', async () => {
    const { users } = await make()
    await users.add('bob', 'old', at)
    expect(await users.verify('bob', 'old')).toBe(true)
    expect(await users.setPassword('bob', 'new')).toBe(true)
    expect(await users.verify('bob', 'old')).toBe(false)
    expect(await users.verify('bob', 'new')).toBe(true)
    expect(await users.setPassword('eve', 'x')).toBe(false)
  })

  test('letters typed in another way are the same letters', async () => {
    const { users } = await make()
    await users.add('bob', 'Z\u00fcrich', at)
    expect(await users.verify('bob', 'Zu\u0308rich')).toBe(true)
  })

  test.each(['', '.x', '-x', 'Bob', 'a/b', 'a b', 'a\0', 'ä', 'x'.repeat(65), '../../etc'])(
    '"%s" is no user name',
    async name => {
      const { users } = await make()
      await expect(users.add(name, 'x', at)).rejects.toMatchObject({ code: 'bad-name', retry: 'never' })
      expect(await users.list()).toEqual([])
    },
  )
}

function neighboursContract(make: DirectoryFactory): void {
  test('neighbours come back with all that was said of them', async () => {
    const { neighbours } = await make()
    const one = neighbour(1)
    const two = neighbour(2, {
      custody: 'copy',
      posthorn: false,
      card: null,
      domains: [],
      addresses: [],
      via: [],
      otherRoads: [],
    })
    expect(await neighbours.put(one)).toBe('added')
    expect(await neighbours.put(two)).toBe('added')
    expect(await neighbours.get(id(1))).toEqual(one)
    expect(await neighbours.get(id(2))).toEqual(two)
    expect(await neighbours.byName('node-2')).toEqual(two)
    expect(await neighbours.byIdPrefix(id(1).slice(0, 16).toLowerCase())).toEqual(one)
    expect(await neighbours.byDomain('N1.Example')).toEqual(one)
    expect((await neighbours.list()).map(found => found.name)).toEqual(['node-1', 'node-2'])
    expect(await neighbours.get(id(9))).toBeUndefined()
    expect(await neighbours.byName('x')).toBeUndefined()
    expect(await neighbours.byIdPrefix('x')).toBeUndefined()
    expect(await neighbours.byDomain('x')).toBeUndefined()
  })

  test('a neighbour is replaced by id; a name belongs to one', async () => {
    const { neighbours } = await make()
    await neighbours.put(neighbour(1))
    await neighbours.put(neighbour(2))
    expect(await neighbours.put(neighbour(2, { name: 'node-1' }))).toBe('name-taken')
    expect((await neighbours.get(id(2)))?.name).toBe('node-2')
    expect(await neighbours.put(neighbour(1, { name: 'renamed', domains: ['new.example'] }))).toBe('replaced')
    expect(await neighbours.byName('node-1')).toBeUndefined()
    expect(await neighbours.byDomain('n1.example')).toBeUndefined()
    expect((await neighbours.byDomain('new.example'))?.name).toBe('renamed')
    expect(await neighbours.put(neighbour(2, { name: 'node-1' }))).toBe('replaced')
  })

  test('a domain that two claim stays with the one known first', async () => {
    const { neighbours } = await make()
    await neighbours.put(neighbour(1))
    await neighbours.put(neighbour(2))
    await neighbours.put(neighbour(1, { addresses: [] }))
    expect((await neighbours.byDomain('shared.example'))?.name).toBe('node-1')
    await neighbours.remove(id(1))
    expect((await neighbours.byDomain('shared.example'))?.name).toBe('node-2')
  })

  test('contact is noted; a removed neighbour is gone', async () => {
    const { neighbours } = await make()
    await neighbours.put(neighbour(1))
    await neighbours.contacted(id(1), at + 5)
    await neighbours.contacted(id(2), at + 5)
    expect((await neighbours.get(id(1)))?.lastContactAt).toBe(at + 5)
    expect(await neighbours.remove(id(1))).toBe(true)
    expect(await neighbours.remove(id(1))).toBe(false)
    expect(await neighbours.byDomain('n1.example')).toBeUndefined()
    expect(await neighbours.list()).toEqual([])
  })

  test.each(['', 'A', 'a.b', 'a/b', 'x'.repeat(65)])('"%s" is no name of a neighbour', async name => {
    const { neighbours } = await make()
    await expect(neighbours.put(neighbour(1, { name }))).rejects.toMatchObject({ code: 'bad-name', retry: 'never' })
  })
}

function fileRulesContract(make: DirectoryFactory): void {
  const rules: FileRules = {
    takesFiles: false,
    incoming: '/srv/in',
    reassembles: false,
    requestPath: '/srv/out',
    requestChunkBytes: 1024,
    requestMinimumBytes: 2048,
    requestBytesMax: 2 ** 40,
  }

  test('rules for files are the defaults until they are set, and go with the neighbour', async () => {
    const { neighbours, files } = await make()
    expect(await files.set(id(1), rules)).toBe(false)
    await neighbours.put(neighbour(1))
    expect(await files.get(id(1))).toEqual(defaultFileRules)
    expect(await files.set(id(1), rules)).toBe(true)
    expect(await files.get(id(1))).toEqual(rules)
    await neighbours.put(neighbour(1, { name: 'renamed' }))
    expect(await files.get(id(1))).toEqual(rules)
    expect(await files.set(id(1), { ...defaultFileRules, incoming: '/elsewhere' })).toBe(true)
    expect(await files.get(id(1))).toEqual({ ...defaultFileRules, incoming: '/elsewhere' })
    await neighbours.remove(id(1))
    await neighbours.put(neighbour(1))
    expect(await files.get(id(1))).toEqual(defaultFileRules)
  })
}

function handlesContract(make: DirectoryFactory): void {
  test('handles belong to one neighbour, are replaced by name, and go with it', async () => {
    const { neighbours, handles } = await make()
    const handle = { name: 'wärme', command: ['/bin/a', '', '-x'], resultFrom: null, resultTo: [] }
    expect(await handles.put(id(1), handle)).toBe(false)
    for (const number of [1, 2]) await neighbours.put(neighbour(number))
    expect(await handles.put(id(1), handle)).toBe(true)
    const changed = { ...handle, command: ['b'], resultFrom: 'a@b', resultTo: ['c', 'd@e'] }
    expect(await handles.put(id(1), changed)).toBe(true)
    await handles.put(id(1), { ...handle, name: 'a' })
    expect(await handles.get(id(1), 'wärme')).toEqual(changed)
    expect((await handles.list(id(1))).map(({ name }) => name)).toEqual(['a', 'wärme'])
    expect(await handles.list(id(2))).toEqual([])
    expect(await handles.get(id(2), 'wärme')).toBeUndefined()
    await neighbours.put(neighbour(1, { name: 'renamed' }))
    expect(await handles.remove(id(1), 'a')).toBe(true)
    expect(await handles.remove(id(1), 'a')).toBe(false)
    expect(await handles.list(id(1))).toEqual([changed])
    await neighbours.remove(id(1))
    expect(await handles.list(id(1))).toEqual([])
    await neighbours.put(neighbour(1))
    expect(await handles.list(id(1))).toEqual([])
  })

  test('a neighbour moves in with its rules, or not at all', async () => {
    const { neighbours, handles, files, calling } = await make()
    const handle = { name: 'a', command: ['/bin/a'], resultFrom: null, resultTo: ['b'] }
    const bounds = { ...noBounds, txPacketsPerSecond: 3 }
    const rules: FileRules = { ...defaultFileRules, takesFiles: false, requestPath: '/srv/out' }
    const settled = { files: rules, bounds, schedules: [nightly], handles: [handle] }
    const bad = { ...settled, handles: [handle, { ...handle, name: 'sendmail' }] }
    await expect(neighbours.moveIn(neighbour(1), bad)).rejects.toMatchObject({ code: 'bad-name' })
    expect(await neighbours.list()).toEqual([])
    expect(await neighbours.moveIn(neighbour(1), settled)).toBe('added')
    expect(await files.get(id(1))).toEqual(rules)
    expect(await calling.get(id(1))).toMatchObject({ bounds, schedules: [nightly] })
    expect(await handles.list(id(1))).toEqual([handle])
    const other = { ...settled, handles: [], schedules: [] }
    expect(await neighbours.moveIn(neighbour(1, { name: 'renamed' }), other)).toBe('known')
    expect(await neighbours.get(id(1))).toMatchObject({ name: 'node-1' })
    expect(await handles.list(id(1))).toEqual([handle])
    expect(await neighbours.moveIn(neighbour(2, { name: 'node-1' }), settled)).toBe('name-taken')
    expect(await handles.list(id(2))).toEqual([])
  })

  test.each(['', 'sendmail', 'posthorn', 'a\0b', 'x'.repeat(256)])('the handle %j is refused', async name => {
    const { neighbours, handles } = await make()
    await neighbours.put(neighbour(1))
    const put = handles.put(id(1), { name, command: ['/bin/a'], resultFrom: null, resultTo: [] })
    await expect(put).rejects.toMatchObject({ code: 'bad-name' })
  })
}

function foldersContract(make: DirectoryFactory): void {
  test('folders have their name and their path for themselves', async () => {
    const { folders } = await make()
    expect(await folders.add({ name: 'stick', path: '/media/stick', at })).toBe('added')
    expect(await folders.add({ name: 'stick', path: '/media/other', at })).toBe('name-taken')
    expect(await folders.add({ name: 'other', path: '/media/../media/stick/', at })).toBe('path-taken')
    expect(await folders.add({ name: 'again', path: '/sync/', at: at + 1 })).toBe('added')
    await folders.synced('stick', at + 9)
    await folders.synced('nothing', at + 9)
    expect(await folders.list()).toEqual([
      { name: 'again', path: '/sync', addedAt: at + 1, lastSyncAt: null },
      { name: 'stick', path: '/media/stick', addedAt: at, lastSyncAt: at + 9 },
    ])
    expect(await folders.remove('stick')).toBe(true)
    expect(await folders.remove('stick')).toBe(false)
    expect(await folders.add({ name: 'other', path: '/media/stick', at })).toBe('added')
  })

  test('folders are known to lead to those whose packets came by them, until one of the two is removed', async () => {
    const { folders, neighbours } = await make()
    const [alice, bob] = [neighbour(1), neighbour(2)]
    for (const one of [alice, bob]) await neighbours.put(one)
    for (const name of ['house', 'stick']) await folders.add({ name, path: `/media/${name}`, at })
    const toAlice = { folder: 'stick', neighbour: alice.identity.id }
    const toBob = { folder: 'stick', neighbour: bob.identity.id }
    const house = { folder: 'house', neighbour: alice.identity.id }
    for (const road of [toAlice, toAlice, toBob, house]) await folders.leadsTo(road.folder, road.neighbour)
    await folders.leadsTo('nothing', alice.identity.id)
    await folders.leadsTo('stick', neighbour(3).identity.id)
    expect(await folders.roads()).toHaveLength(3)
    expect(await folders.roads()).toEqual(expect.arrayContaining([toAlice, toBob, house]))
    await folders.remove('house')
    expect(await folders.roads()).not.toContainEqual(house)
    await neighbours.remove(bob.identity.id)
    expect(await folders.roads()).toEqual([toAlice])
    await neighbours.put(neighbour(1, { addresses: ['tcp://10.0.0.7:5400'] }))
    expect(await folders.roads()).toEqual([toAlice])
  })
}

const nightly: CallSchedule = {
  ...{ cron: '0 2 * * *', whenWaiting: true, nicenessMax: 224, direction: 'send', address: 'tcp://10.0.0.1:5400' },
  ...{ onlineDeadlineMs: 3_600_000, onlineMsMax: 7_200_000, rxPacketsPerSecond: 1, txPacketsPerSecond: 2 },
  ...{ rxBytesPerSecond: 3000, txBytesPerSecond: 4000 },
}

function callingContract(make: DirectoryFactory): void {
  test('rules of calling come back as they were given, and outlive a renewed card', async () => {
    const { neighbours, calling } = await make()
    await neighbours.put(neighbour(1))
    expect(await calling.get(id(1))).toEqual(noRules)
    expect(await calling.list()).toEqual(new Map())
    const plain: CallSchedule = {
      ...{ ...noBounds, cron: '@hourly', whenWaiting: false, nicenessMax: 255, direction: 'both', address: null },
    }
    const first = await calling.schedule(id(1), nightly)
    const second = await calling.schedule(id(1), plain)
    const bounds = { ...noBounds, onlineMsMax: 5000, txBytesPerSecond: 2048 }
    expect(await calling.bound(id(1), { ...noBounds, onlineDeadlineMs: 1 })).toBe(true)
    expect(await calling.bound(id(1), bounds)).toBe(true)
    await neighbours.put(neighbour(1, { name: 'renamed' }))
    const rules = {
      bounds,
      schedules: [
        { ...nightly, number: first },
        { ...plain, number: second },
      ],
      pausedAt: null,
    }
    expect(await calling.get(id(1))).toEqual(rules)
    expect(await calling.list()).toEqual(new Map([[id(1), rules]]))
  })

  test('a neighbour is paused until it goes on or goes, and a renewed card changes nothing of that', async () => {
    const { neighbours, calling } = await make()
    expect(await calling.pause(id(1), at)).toBe(false)
    for (const number of [1, 2]) await neighbours.put(neighbour(number))
    expect(await calling.pause(id(1), at)).toBe(true)
    expect(await calling.pause(id(2), at)).toBe(true)
    await neighbours.put(neighbour(1, { name: 'renamed' }))
    expect(await calling.paused()).toEqual(new Set([id(1), id(2)]))
    expect(await calling.get(id(1))).toEqual({ ...noRules, pausedAt: at })
    await calling.bound(id(1), { ...noBounds, onlineMsMax: 1 })
    expect((await calling.list()).get(id(1))?.pausedAt).toBe(at)
    expect(await calling.pause(id(1), null)).toBe(true)
    await neighbours.remove(id(2))
    expect(await calling.paused()).toEqual(new Set())
    expect((await calling.get(id(1))).pausedAt).toBeNull()
  })

  test('a schedule is removed by its number, of its neighbour only; rules go with the neighbour', async () => {
    const { neighbours, calling } = await make()
    for (const number of [1, 2]) await neighbours.put(neighbour(number))
    const first = await calling.schedule(id(1), nightly)
    if (typeof first !== 'number') throw new Error(first)
    expect(await calling.unschedule(id(2), first)).toBe(false)
    expect(await calling.unschedule(id(1), first)).toBe(true)
    expect(await calling.unschedule(id(1), first)).toBe(false)
    expect(await calling.schedule(id(1), nightly)).not.toBe(first)
    await calling.bound(id(1), { ...noBounds, onlineMsMax: 1 })
    await neighbours.remove(id(1))
    await neighbours.put(neighbour(1))
    expect(await calling.get(id(1))).toEqual(noRules)
  })

  test('rules belong to neighbours, and are not without end', async () => {
    const { neighbours, calling } = await make()
    expect(await calling.bound(id(1), noBounds)).toBe(false)
    expect(await calling.schedule(id(1), nightly)).toBe('unknown')
    expect(await calling.unschedule(id(1), 1)).toBe(false)
    await neighbours.put(neighbour(1))
    for (let n = 0; n < directoryLimits.schedulesMax; n += 1) await calling.schedule(id(1), nightly)
    expect(await calling.schedule(id(1), nightly)).toBe('too-many')
  })
}

function invitesContract(make: DirectoryFactory): void {
  const invite = (name: string, changes = {}) => ({
    ...{ id: name, kind: 'live' as const, verifier: key(9), neighbourName: null, madeAt: at, expiresAt: at + 900 },
    ...changes,
  })
  const fresh = { tries: 0, usedBy: null, confirmed: false }

  test('invites come back with all that was said of them, the oldest first', async () => {
    const { invites } = await make()
    const second = invite('b', { kind: 'file' as const, neighbourName: 'ridge', madeAt: at + 1 })
    expect(await invites.add(second)).toBe(true)
    expect(await invites.add(invite('a'))).toBe(true)
    expect(await invites.add(invite('a', { madeAt: 0 }))).toBe(false)
    await invites.setTries('b', 2)
    expect(await invites.list()).toEqual([
      { ...invite('a'), ...fresh },
      { ...second, ...fresh, tries: 2 },
    ])
    expect(await invites.get('c')).toBeUndefined()
    expect(await invites.remove('a')).toBe(true)
    expect(await invites.remove('a')).toBe(false)
    expect(await invites.get('a')).toBeUndefined()
  })

  test('an invite is one node’s, with the neighbour or not at all', async () => {
    const { invites, neighbours } = await make()
    await invites.add(invite('a'))
    await neighbours.put(neighbour(3))
    expect(await invites.use('a', neighbour(1, { name: 'node-3' }))).toBe('name-taken')
    expect(await invites.get('a')).toMatchObject(fresh)
    expect(await invites.use('a', neighbour(1))).toBe('added')
    expect(await invites.get('a')).toMatchObject({ usedBy: id(1), confirmed: false })
    expect(await invites.use('a', neighbour(2))).toBe('used')
    expect(await neighbours.get(id(2))).toBeUndefined()
    expect(await invites.use('a', neighbour(1))).toBe('replaced')
    await invites.confirm('a')
    expect(await invites.use('a', neighbour(1))).toBe('used')
    expect(await invites.use('b', neighbour(2))).toBe('gone')
  })

  test('two who use one invite at once: one has it', async () => {
    const { invites, neighbours } = await make()
    await invites.add(invite('a'))
    const outcomes = await Promise.all([invites.use('a', neighbour(1)), invites.use('a', neighbour(2))])
    expect(outcomes.sort()).toEqual(['added', 'used'])
    expect(await neighbours.list()).toHaveLength(1)
  })

  test('a neighbour that is removed cannot come again with the invite it has used', async () => {
    const { invites, neighbours } = await make()
    await invites.add(invite('a'))
    await invites.add(invite('b'))
    await invites.use('a', neighbour(1))
    await neighbours.remove(id(1))
    expect((await invites.list()).map(found => found.id)).toEqual(['b'])
  })
}
