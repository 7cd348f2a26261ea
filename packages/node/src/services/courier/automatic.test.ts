import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { OperatingError } from '../../base/errors.ts'
import { silentLog } from '../../base/log.ts'
import { folderTransport } from '../../links/folder/index.ts'
import type { ParcelTransport } from '../../links/transport.ts'
import { HandClock, listeningLog, sealed, sticks, TestNode, type TestNodeOptions } from './fixture.ts'

const open: TestNode[] = []

afterEach(async () => {
  for (const node of open.splice(0)) await node.close()
})

function node(options: TestNodeOptions): TestNode {
  const made = TestNode.open(options)
  open.push(made)
  return made
}

/** A transport that counts its syncs, and can be broken. */
function watched(transport: ParcelTransport) {
  const state = { syncs: 0, broken: undefined as Error | undefined }
  const counting: ParcelTransport = {
    ...{ kind: 'parcel', scheme: transport.scheme, traits: transport.traits },
    drop: (...args) => transport.drop(...args),
    async *collect(...args) {
      state.syncs += 1
      if (state.broken !== undefined) throw state.broken
      yield* transport.collect(...args)
    },
    placed: (...args) => transport.placed(...args),
    retire: (...args) => transport.retire(...args),
    watch: (...args) => transport.watch(...args),
    ready: at => transport.ready(at),
  }
  return { state, transport: counting }
}

async function alone(options: TestNodeOptions = {}) {
  const media = sticks()
  const { state, transport } = watched(media.transport)
  const clock = new HandClock()
  const alice = node({ transport, clock, ...options })
  const bob = node({ transport: media.transport })
  await alice.knows(bob)
  await bob.knows(alice)
  return { ...media, state, clock, alice, bob }
}

/** Long enough for everything that is not waiting for time to happen. */
async function quiet(state: { syncs: number }): Promise<number> {
  for (let before = -1; before !== state.syncs; ) {
    before = state.syncs
    for (let turn = 0; turn < 50; turn += 1) await new Promise(resolve => setImmediate(resolve))
  }
  return state.syncs
}

describe('a courier that was started', () => {
  it('syncs when a stick appears, when something is put on it, and when the outbox got something', async () => {
    const { alice, bob, stick, state } = await alone()
    stick().plugged = false
    await alice.folder()
    await alice.writes(bob, 'one')
    alice.courier.start()
    await quiet(state)
    expect(state.syncs).toBe(0)
    stick().plugged = true
    await expect.poll(() => stick().list().length).toBe(1)

    const letter = sealed(bob.id, alice.id, 'from bob')
    stick().put(`${alice.id}/${bob.id}/${letter.id}`, letter.bytes)
    await expect.poll(() => alice.delivered).toEqual(['from bob'])

    await alice.writes(bob, 'two')
    alice.courier.departed()
    await expect.poll(() => stick().list().length).toBe(3)
  })

  it('falls silent when there is nothing to do, whatever its own writing wakes', async () => {
    const { alice, bob, stick, state } = await alone()
    const letter = sealed(bob.id, alice.id, 'from bob')
    stick().put(`${alice.id}/${bob.id}/${letter.id}`, letter.bytes)
    await alice.folder()
    for (let number = 0; number < 10; number += 1) await alice.writes(bob, `letter ${number}`)
    alice.courier.start()
    await expect.poll(() => stick().list().length).toBe(11)
    const syncs = await quiet(state)
    expect(syncs).toBeLessThan(20)
    expect(await quiet(state)).toBe(syncs)
  })

  it('does not put back at once what was taken and not yet acknowledged, but after a while, ever longer', async () => {
    const { alice, bob, stick, state, clock } = await alone()
    await alice.folder()
    const id = await alice.writes(bob, 'one')
    alice.courier.start()
    const path = `${bob.id}/${alice.id}/${id}`
    await expect.poll(() => stick().list()).toEqual([path])
    const taken = async () => {
      stick().remove(path)
      await quiet(state)
      expect(stick().list()).toEqual([])
    }
    await taken()
    clock.pass(60_000)
    alice.courier.departed()
    await expect.poll(() => stick().list()).toEqual([path])
    await taken()
    clock.pass(60_000)
    alice.courier.departed()
    await quiet(state)
    expect(stick().list()).toEqual([])
    clock.pass(60_000)
    alice.courier.departed()
    await expect.poll(() => stick().list()).toEqual([path])
    await taken()
    stick().plugged = false
    alice.courier.departed()
    await quiet(state)
    stick().plugged = true
    await expect.poll(() => stick().list()).toEqual([path])
  })

  it('waits before it calls a file bad that may still be written', async () => {
    const { alice, bob, stick, state, clock } = await alone()
    await alice.folder()
    const { id, bytes } = sealed(bob.id, alice.id, 'copied by hand')
    const path = `${alice.id}/${bob.id}/${id}`
    stick().put(path, bytes.subarray(0, 180))
    alice.courier.start()
    await expect.poll(() => state.syncs).toBeGreaterThan(0)
    await quiet(state)
    expect(stick().list()).toEqual([path])
    stick().put(path, bytes)
    await expect.poll(() => alice.delivered).toEqual(['copied by hand'])

    stick().put(path.replace(id, sealed(bob.id, alice.id, 'other').id), bytes)
    await quiet(state)
    expect(await alice.spool.quarantine.count()).toBe(0)
    clock.pass(10_000)
    await expect.poll(() => alice.spool.quarantine.count()).toBe(1)
    expect(
      stick()
        .list()
        .filter(name => name.endsWith('.bad')),
    ).toHaveLength(1)
  })

  it('takes up folders that are added and lets go of those that are removed', async () => {
    const { alice, bob, stick, state } = await alone()
    alice.courier.start()
    await alice.writes(bob, 'one')
    await alice.folder('later')
    alice.courier.refresh()
    await expect.poll(() => stick('later').list().length).toBe(1)
    await alice.directory.folders.remove('later')
    alice.courier.refresh()
    await quiet(state)
    const { syncs } = state
    await alice.writes(bob, 'two')
    alice.courier.departed()
    stick('later').put('something', new Uint8Array(1))
    await quiet(state)
    expect(state.syncs).toBe(syncs)
    expect(stick('later').list()).toHaveLength(2)
  })

  it('says once that a folder fails and once that it works again, and pauses longer and longer', async () => {
    const { log, lines } = listeningLog()
    const { alice, bob, state, clock, stick } = await alone({ log })
    state.broken = new OperatingError('the stick is broken', { code: 'medium-failed', retry: 'later' })
    await alice.folder()
    alice.courier.start()
    const said = () => lines.filter(line => line.message.startsWith('a folder ')).map(line => line.level)
    for (const [number, pauseMs] of [2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000].entries()) {
      await expect.poll(() => state.syncs).toBe(number + 1)
      alice.courier.departed()
      stick().put(`noise ${number}`, new Uint8Array(1))
      await expect.poll(() => clock.sleeping).toBe(1)
      clock.pass(pauseMs - 1)
      expect(await quiet(state)).toBe(number + 1)
      clock.pass(1)
    }
    await expect.poll(() => state.syncs).toBe(8)
    expect(said()).toEqual(['warn'])
    state.broken = undefined
    clock.pass(60_000)
    await expect.poll(said).toEqual(['warn', 'info'])
    await alice.writes(bob, 'one')
    alice.courier.departed()
    await expect
      .poll(
        () =>
          stick()
            .list()
            .filter(path => path.startsWith(bob.id)).length,
      )
      .toBe(1)
  })

  it('stops, and nothing of it runs any more', async () => {
    const { alice, bob, stick, state } = await alone()
    await alice.folder()
    alice.courier.start()
    await expect.poll(() => state.syncs).toBeGreaterThan(0)
    await alice.courier.stop()
    await alice.courier.stop()
    const { syncs } = state
    await alice.writes(bob, 'one')
    alice.courier.departed()
    stick().put('noise', new Uint8Array(1))
    expect(await quiet(state)).toBe(syncs)
  })
})

describe('two couriers on one real folder', () => {
  async function shared() {
    const home = await mkdtemp(join(tmpdir(), 'posthorn-shared-'))
    const path = join(home, 'shared')
    const limits = { debounceMs: 5, pollMs: 20 }
    const road = () => watched(folderTransport({ log: silentLog, random: randomBytes, clock: systemClock, limits }))
    const [hers, his] = [road(), road()]
    // A sync that meets the folder on its way out, or back, fails or is in vain, and is made again.
    const delays = { retryDelayMsMin: 100, retryDelayMsMax: 1000, recopyDelayMsMin: 500, suspectMs: 500 }
    const alice = node({ transport: hers.transport, limits: delays })
    const bob = node({ transport: his.transport, limits: delays })
    await alice.knows(bob)
    await bob.knows(alice)
    for (const each of [alice, bob]) {
      await each.folder('shared', path)
      each.courier.start()
    }
    return { home, path, alice, bob, hers, his }
  }

  const filesIn = async (path: string) =>
    (await readdir(path, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile())

  it('bring letters both ways by themselves, survive the folder’s absence, and fall silent', async () => {
    const { home, path, alice, bob, hers, his } = await shared()
    try {
      await alice.writes(bob, 'before the folder is there')
      alice.courier.departed()
      await mkdir(path)
      await expect.poll(() => bob.delivered, { timeout: 25_000 }).toEqual(['before the folder is there'])
      await bob.writes(alice, Buffer.alloc(300_000, 'x'))
      bob.courier.departed()
      await expect.poll(() => alice.delivered.length, { timeout: 25_000 }).toBe(1)
      await expect.poll(async () => (await alice.waiting()) + (await bob.waiting()), { timeout: 25_000 }).toBe(0)

      await rename(path, join(home, 'unplugged'))
      await alice.writes(bob, 'while it was away')
      alice.courier.departed()
      await rename(join(home, 'unplugged'), path)
      alice.courier.departed()
      await expect.poll(() => bob.delivered.length, { timeout: 25_000 }).toBe(2)
      await expect.poll(async () => (await filesIn(path)).length, { timeout: 25_000 }).toBe(0)

      await writeFile(join(path, 'README.txt'), 'hello')
      await expect
        .poll(
          async () => {
            const before = hers.state.syncs + his.state.syncs
            await stillness()
            return hers.state.syncs + his.state.syncs - before
          },
          { timeout: 25_000 },
        )
        .toBe(0)
    } finally {
      await rm(home, { recursive: true, force: true })
    }
  })

  /** Twenty looks of the watch. */
  async function stillness(): Promise<void> {
    await systemClock.sleep(400, new AbortController().signal)
  }
})
