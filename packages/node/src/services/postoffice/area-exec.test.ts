/** Programs that messages of areas call: which, as whom, how often, and what goes on meanwhile. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateArea, type PacketId, type PrivateArea } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Clock, systemClock } from '../../base/clock.ts'
import { OperatingError } from '../../base/errors.ts'
import type { Area } from '../../stores/directory/directory.ts'
import { type ConfiguredHandle, handleDefaults } from './index.ts'
import { carry, Office, queueOf, streamOf } from './rig.ts'

const never = new AbortController().signal

let folder: string
let news: PrivateArea
let aheadMs: number
let valley: Office
let hut: Office
let ridge: Office

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'posthorn-area-exec-'))
  news = generateArea(pureSuite, randomBytes)
  aheadMs = 0
})
afterEach(async () => {
  for (const office of [valley, hut, ridge]) await office.stop()
  rmSync(folder, { recursive: true, force: true })
})

const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs }
const record = 'printf "%s\\0" "$@" >> "$0.args"; cat >> "$0.input"; env > "$0.env"; echo "went well"'

/** The name is that of the file, below `folder`, that its script sees as `$0`. Nobody but areas may run it. */
function handle(name: string, script = record, traits: Partial<ConfiguredHandle> = {}): ConfiguredHandle {
  const command = ['/bin/sh', '-c', script, join(folder, name)]
  return { ...handleDefaults, name, command, from: [], resultFrom: null, resultTo: [], ...traits }
}

/** Valley and hut write, ridge has the handles; everybody passes messages on to everybody. */
async function open(handles: readonly ConfiguredHandle[], bytesMax = 8_000_000, changes: Partial<Area> = {}) {
  valley = await Office.open('valley', ['alice'])
  hut = await Office.open('hut', ['carol'])
  ridge = await Office.open('ridge', ['bob'], store => store, { bytesMax }, handles, clock)
  const all = [valley, hut, ridge]
  for (const office of all) {
    const others = all.filter(other => other !== office)
    for (const other of others) await office.knows(other)
    const rules = { name: 'news', addedAt: 0, takesFiles: true, incoming: null, allowUnknown: false }
    const subscribers = others.map(({ identity }) => identity.id)
    const allowed = ['sendmail', ...handles.map(({ name }) => name)]
    await office.directory.areas.put({ ...news, ...rules, subscribers, handles: allowed, ...changes })
  }
}

async function call(name: string, args: readonly string[] = [], compress = true, area = 'news') {
  const found = (await valley.directory.areas.byName(area)) ?? expect.unreachable()
  const deed = { kind: 'exec', handle: name, args, replyNiceness: 77, compress } as const
  return valley.office.sendToArea({ area: found, deed, body: streamOf(Buffer.from('body')), niceness: 50 }, never)
}

/** Machines that run tests are busy. */
const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 20_000 })
const worked = () => ridge.office.workedOff(never)
const written = (name: string) => readFile(join(folder, name), 'utf8').catch(() => '')
const aside = async () => (await ridge.spool.quarantine.list(10)).map(({ reason }) => reason)
const inboxOf = async (office: Office) => (await office.spool.inbox.summary()).packets

/** In a script: hangs until `openGate`. */
const gate = 'until [ -e "$(dirname "$0")/gate" ]; do sleep 0.02; done'
const openGate = () => writeFile(join(folder, 'gate'), '')
const letterOf = (id: string) => `Message-ID: <${id}@test>\r\nSubject: ${id}\r\n\r\nText of ${id}.\r\n`

describe('a handle that an area may call', () => {
  it.each([true, false])('runs once, as the area, by whatever roads the message comes (zstd %s)', async compress => {
    await open([handle('it')])
    const args = ['', '--', '$(id); `id`', 'Grüße\n✓']
    const { id } = await call('it', args, compress)
    await Promise.all([carry(valley, ridge), carry(valley, hut)])
    await carry(hut, ridge)
    await worked()
    await carry(hut, ridge)
    await worked()
    expect(await written('it.args')).toBe(args.map(arg => `${arg}\0`).join(''))
    expect(await written('it.input')).toBe('body')
    const lines = (await written('it.env')).split('\n')
    const names = [`NNCP_SELF=${ridge.identity.id}`, `NNCP_SENDER=${news.id}`, 'NNCP_NICE=77', `NNCP_PACKET=${id}`]
    expect(lines).toEqual(expect.arrayContaining(names))
    await carry(ridge, valley)
    expect(await queueOf(valley, ridge)).toEqual([])
    expect([await inboxOf(ridge), await aside()]).toEqual([0, []])
  })

  it('is one that it is allowed and that there is; at its turn too', async () => {
    await open([handle('open'), handle('shut')], 8_000_000, { handles: ['open', 'gone'] })
    for (const name of ['open', 'shut', 'gone']) await call(name)
    await carry(valley, ridge)
    await worked()
    expect([await written('open.input'), await written('shut.input')]).toEqual(['body', ''])
    const reasons = ['messages of the area news may not call "shut" here', 'this node runs no handle called "gone"']
    expect((await aside()).sort()).toEqual(reasons)
  })

  it('that is taken from the area while a message waits for its turn: that is set aside', async () => {
    await open([handle('it', `echo begun >> "$0"; ${gate}`)])
    await call('it')
    await call('it')
    await carry(valley, ridge)
    await until(async () => expect(await written('it')).toBe('begun\n'))
    const area = (await ridge.directory.areas.byName('news')) ?? expect.unreachable()
    await ridge.directory.areas.put({ ...area, handles: [] })
    await openGate()
    await worked()
    expect(await written('it')).toBe('begun\n')
    expect(await aside()).toEqual(['messages of the area news may not call "it" here'])
    expect(await inboxOf(ridge)).toBe(0)
  })

  it('is not run for a stranger, unless strangers are welcome', async () => {
    await open([handle('it')])
    await ridge.directory.neighbours.remove(valley.identity.id)
    const area = (await ridge.directory.areas.byName('news')) ?? expect.unreachable()
    const setAside = async () => {
      await call('it')
      await carry(valley, hut)
      await carry(hut, ridge)
      await worked()
      return aside()
    }
    expect(await setAside()).toEqual([expect.stringContaining('its author is not known here')])
    expect(await written('it.input')).toBe('')
    await ridge.directory.areas.put({ ...area, allowUnknown: true })
    expect(await setAside()).toHaveLength(1)
    expect(await written('it.input')).toBe('body')
  })

  it('answers nobody by the area; who is named gets what came of it', async () => {
    await open([handle('it', record, { resultTo: ['bob', 'alice@sender'] })])
    await call('it', ['x'])
    await carry(valley, ridge)
    await worked()
    const [letter] = await ridge.letters('bob')
    expect(letter).toContain('Subject: Exec from area:news to ridge: it x\r\n')
    await carry(ridge, valley)
    await carry(ridge, hut)
    expect(await valley.letters('alice')).toEqual([])
  })
})

describe('a program of an area that fails', () => {
  it('is run again, more and more rarely; the message is passed on at once, and once', async () => {
    await open([handle('it', 'echo try >> "$0.tries"; echo no luck >&2; exit 7', { triesMax: 3, resultTo: ['bob'] })])
    await call('it')
    await carry(valley, ridge)
    for (const delayMs of [60_000, 120_000]) {
      await worked()
      expect(await queueOf(ridge, hut)).toHaveLength(1)
      const dueAt = (await ridge.spool.inbox.nextDueAt()) ?? 0
      expect(dueAt - clock.now()).toBeGreaterThan(delayMs - 50_000)
      expect(dueAt - clock.now()).toBeLessThanOrEqual(delayMs)
      aheadMs += delayMs
    }
    await worked()
    expect(await written('it.tries')).toBe('try\ntry\ntry\n')
    expect(await aside()).toEqual(['the program of "it" ended with 7 at the last of 3 tries: no luck'])
    expect(await queueOf(ridge, hut)).toHaveLength(1)
    expect(await ridge.letters('bob')).toHaveLength(1)
    await carry(ridge, valley)
    expect((await queueOf(valley, ridge)).map(({ id }) => id)).toEqual([])
  })

  it('is begun anew when it is retried', async () => {
    const script = 'if [ -e "$0.good" ]; then cat >> "$0.input"; else exit 1; fi'
    await open([handle('it', script, { triesMax: 1 })])
    await call('it')
    await carry(valley, ridge)
    await worked()
    const [entry] = await ridge.spool.quarantine.list(1)
    await writeFile(join(folder, 'it.good'), '')
    await ridge.spool.quarantine.retry(entry?.number ?? 0, clock.now())
    await worked()
    expect([await written('it.input'), await inboxOf(ridge), await aside()]).toEqual(['body', 0, []])
    expect(await queueOf(ridge, hut)).toHaveLength(1)
  })

  it('once ended well is not run again when the commit fails', async () => {
    await open([handle('it')])
    const finish = vi.spyOn(ridge.spool.inbox, 'finish')
    finish.mockRejectedValueOnce(new OperatingError('The disk is full.', { code: 'disk-full', retry: 'later' }))
    await call('it', ['once'])
    await carry(valley, ridge)
    await worked()
    expect(finish).toHaveBeenCalledTimes(1)
    aheadMs += 10_000
    await worked()
    expect(finish).toHaveBeenCalledTimes(2)
    expect(await written('it.args')).toBe('once\0')
    expect(await inboxOf(ridge)).toBe(0)
  })

  it('with the node is run again, and nothing is passed on twice', async () => {
    await open([handle('it', 'echo begun >> "$0.log"; sleep 1000')])
    await call('it')
    await carry(valley, ridge)
    await until(async () => expect(await written('it.log')).toBe('begun\n'))
    await ridge.office.stop()
    expect(await ridge.spool.inbox.due(clock.now(), 1, 'exec it')).toMatchObject([{ attempts: 0 }])
    expect(await queueOf(ridge, hut)).toHaveLength(1)
  })
})

describe('while nothing more may wait for others', () => {
  it('the program runs once, and the message is passed on when there is room', async () => {
    await open([handle('it', `${record}; ${gate}`)], 5000)
    const filler = await relayed(4990)
    await call('it', ['once'])
    await carry(valley, ridge)
    await until(async () => expect(await written('it.args')).toBe('once\0'))
    expect(await queueOf(ridge, hut)).toHaveLength(1)
    await openGate()
    await worked()
    expect(await inboxOf(ridge)).toBe(1)
    await ridge.spool.outbox.release(filler, clock.now())
    aheadMs += 3_600_000
    await worked()
    expect(await queueOf(ridge, hut)).toHaveLength(1)
    expect(await written('it.args')).toBe('once\0')
    expect([await inboxOf(ridge), await aside()]).toEqual([0, []])
  })

  /** Something of that size, that waits at ridge for hut. */
  async function relayed(sizeBytes: number): Promise<PacketId> {
    const staged = await ridge.spool.stage(streamOf(randomBytes(sizeBytes)), { signal: never, sizeBytesMax: 10_000 })
    const hop = hut.identity.id
    const facts = { nextHop: hop, destination: hop, niceness: 9, kind: 'relayed', messageId: null } as const
    await ridge.spool.outbox.commit([{ staged, ...facts, acknowledges: null, at: 1 }])
    return staged.id
  }
})

describe('while a program of an area hangs', () => {
  it('mail, other handles and other areas go on, and the message has been passed on', async () => {
    await open([handle('slow', `echo begun >> "$0"; ${gate}; echo ended >> "$0"`), handle('quick')])
    const other = generateArea(pureSuite, randomBytes)
    for (const office of [valley, ridge]) {
      const area = (await office.directory.areas.byName('news')) ?? expect.unreachable()
      const subscribers = office === valley ? [ridge.identity.id] : []
      await office.directory.areas.put({ ...area, ...other, name: 'other', subscribers, handles: ['quick'] })
    }
    await call('slow')
    await carry(valley, ridge)
    await until(async () => expect(await written('slow')).toBe('begun\n'))
    expect(await queueOf(ridge, hut)).toHaveLength(1)
    await call('quick', ['news'])
    await call('quick', ['other'], true, 'other')
    await valley.send(valley.address('alice'), [ridge.address('bob')], letterOf('meanwhile'))
    await carry(valley, ridge)
    expect(await ridge.letters('bob')).toHaveLength(1)
    await until(async () => expect((await written('quick.args')).split('\0').sort()).toEqual(['', 'news', 'other']))
    expect(await written('slow')).toBe('begun\n')
    await openGate()
    await worked()
    expect(await written('slow')).toBe('begun\nended\n')
    expect(await inboxOf(ridge)).toBe(0)
  })
})
