/** What is long because it is large goes on beside the mail. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chunkName, generateArea, type PlainHeader, textPath } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { postofficeLimits } from './limits.ts'
import { carry, Office, streamOf } from './rig.ts'

const never = new AbortController().signal

let folder: string
let valley: Office
let ridge: Office

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'posthorn-lanes-'))
  valley = await Office.open('valley', ['alice'])
  ridge = await Office.open('ridge', ['bob'])
  await valley.knows(ridge)
  await ridge.knows(valley)
})
afterEach(async () => {
  await valley.stop()
  await ridge.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Machines that run tests are busy. */
const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 20_000 })
const letterOf = (id: string) => `Message-ID: <${id}@test>\r\nSubject: ${id}\r\n\r\nText of ${id}.\r\n`
const inbox = async () => (await ridge.spool.inbox.summary()).packets

function gate() {
  let open = () => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { open, opened }
}

/** The next file or request stops in the middle of its toss. Answers when it has, and what lets it go on. */
function hold() {
  const rules = ridge.directory.files
  const get = rules.get.bind(rules)
  const [begun, end] = [gate(), gate()]
  vi.spyOn(rules, 'get').mockImplementationOnce(async id => {
    begun.open()
    await end.opened
    return get(id)
  })
  return { begun: begun.opened, goOn: end.open }
}

/** The same for files of areas. */
function holdInArea() {
  const { incoming } = ridge
  const take = incoming.take.bind(incoming)
  const [begun, end] = [gate(), gate()]
  vi.spyOn(incoming, 'take').mockImplementationOnce(async (file, options) => {
    begun.open()
    await end.opened
    return take(file, options)
  })
  return { begun: begun.opened, goOn: end.open }
}

/** Comes in without waiting until it is tossed. */
async function bring(plain: PlainHeader, content: Uint8Array): Promise<void> {
  const sealed = valley.seal(ridge, plain, streamOf(content))
  const staged = await ridge.spool.stage(sealed, { signal: never, sizeBytesMax: 50_000_000 })
  const sender = valley.identity.id
  await ridge.spool.inbox.commit({ staged, sender, niceness: 1, source: 'test', told: false, at: 1 })
  ridge.office.arrived()
}

/** What waits for ridge comes in, without waiting until it is tossed. */
async function handOver(): Promise<void> {
  for (const { id } of await valley.spool.outbox.page(ridge.identity.id, { after: null, limit: 10 })) {
    const body = (await valley.spool.outbox.open(id)) ?? expect.unreachable()
    const staged = await ridge.spool.stage(body.read(), { signal: never, sizeBytesMax: 50_000_000 })
    const sender = valley.identity.id
    await ridge.spool.inbox.commit({ staged, sender, niceness: 96, source: 'test', told: false, at: 1 })
  }
  ridge.office.arrived()
}

async function letterArrives(): Promise<void> {
  await valley.send(valley.address('alice'), [ridge.address('bob')], letterOf('meanwhile'))
  await handOver()
  await until(async () => expect(await ridge.letters('bob')).toHaveLength(1))
}

describe('a letter is delivered', () => {
  it('while a large file is being opened, though that is more urgent; and so is a small file', async () => {
    const { begun, goOn } = hold()
    const large = Buffer.alloc(postofficeLimits.promptFileBytesMax, 'x')
    await bring({ type: 'file', niceness: 1, path: textPath('large') }, large)
    await begun
    await letterArrives()
    await bring({ type: 'file', niceness: 1, path: textPath('small') }, Buffer.from('small'))
    const files = () => readdir(join(ridge.files, 'valley')).catch((): string[] => [])
    await until(async () => expect(await files()).toEqual(['small']))
    expect(await inbox()).toBe(1)
    goOn()
    await ridge.settled()
    expect(new Set(await files())).toEqual(new Set(['large', 'small']))
    expect(await inbox()).toBe(0)
  })

  it('while the last chunk of a file makes it whole', async () => {
    const { begun, goOn } = hold()
    await bring({ type: 'file', niceness: 1, path: textPath(chunkName('large', 0)) }, Buffer.from('x'))
    await begun
    await letterArrives()
    goOn()
    await ridge.settled()
    expect(await inbox()).toBe(0)
  })

  it('while a file that was requested is being sealed', async () => {
    await writeFile(join(folder, 'map'), 'the map')
    const { begun, goOn } = hold()
    await bring({ type: 'freq', niceness: 200, path: textPath('map') }, Buffer.from('map'))
    await begun
    await letterArrives()
    const rules = await ridge.directory.files.get(valley.identity.id)
    await ridge.directory.files.set(valley.identity.id, { ...rules, requestPath: folder })
    goOn()
    await ridge.settled()
    await carry(ridge, valley)
    expect(await readdir(join(valley.files, 'ridge'))).toEqual(['map'])
  })

  it('while a file of an area is being opened', async () => {
    const news = generateArea(pureSuite, randomBytes)
    const rules = { name: 'news', addedAt: 0, takesFiles: true, incoming: null, handles: [], allowUnknown: false }
    await ridge.directory.areas.put({ ...news, ...rules, subscribers: [] })
    const area = { ...news, ...rules, subscribers: [ridge.identity.id] }
    const { begun, goOn } = holdInArea()
    const deed = { kind: 'file', name: 'map' } as const
    await valley.office.sendToArea({ area, deed, body: streamOf(Buffer.from('the map')), niceness: 1 }, never)
    await handOver()
    await begun
    await letterArrives()
    goOn()
    await ridge.settled()
    expect(await readdir(join(ridge.files, 'area.news'))).toEqual(['map'])
  })
})
