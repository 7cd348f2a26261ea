/** What every queue must do. Run by the real store and by its twin in memory. */
import { describe, expect, test } from 'vitest'
import { queueLimits } from './limits.ts'
import type { LetterToQueue, QueueStore } from './queue.ts'

const at = 1_700_000_000_000
const dayMs = 24 * 60 * 60 * 1000

export interface QueueRig {
  readonly queue: QueueStore
  /** Days of the stores' calendar. */
  readonly passDays: (days: number) => Promise<void>
}

export async function* bytesOf(...parts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part, 'latin1')
}

export function letterTo(addresses: readonly string[], changes: Partial<LetterToQueue> = {}): LetterToQueue {
  return {
    envelope: { returnPath: 'alice@camp.nncp.alt' },
    once: null,
    messageId: 'one@camp',
    body: bytesOf('Subject: hi\r\n\r\nhello\r\n'),
    handovers: [{ gateway: 'out', recipients: addresses }],
    at,
    ...changes,
  }
}

async function textOf(queue: QueueStore, id: number): Promise<string> {
  const body = await queue.open(id)
  const chunks: Uint8Array[] = []
  for await (const chunk of body?.read() ?? []) chunks.push(chunk)
  return Buffer.concat(chunks).toString('latin1')
}

const none = { done: [], failed: [], later: null, at }

export function queueContract(name: string, make: () => Promise<QueueRig>): void {
  describe(`queue: ${name}`, () => {
    takingContract(make)
    concludingContract(make)
    waitingContract(make)
    lookingContract(make)
  })
}

function takingContract(make: () => Promise<QueueRig>): void {
  test('a hand-over that began may have left until it is put off; one that was cut off, for ever', async () => {
    const { queue } = await make()
    await queue.put(letterTo(['a@x.example']))
    const [{ id } = { id: 0 }] = await queue.due('out', at, 10)
    const begun = async () => (await queue.get(id))?.begun
    const putOff = () => queue.conclude(id, { ...none, later: { dueAt: at + 1, reason: 'busy' } })
    expect(await begun()).toBe(false)
    await queue.begin(id)
    expect(await begun()).toBe(true)
    await putOff()
    expect(await begun()).toBe(false)
    for (const _ of ['cut off', 'once more']) await queue.begin(id)
    await putOff()
    expect(await begun()).toBe(true)
  })

  test('a letter waits for each gateway, with its bytes, until it has left by all', async () => {
    const { queue } = await make()
    const handovers = [
      { gateway: 'out', recipients: ['a@x.example', 'b@x.example'] },
      { gateway: 'uucp', recipients: ['c@y.example'] },
    ]
    const wishes = { returns: 'headers', recipients: { 'c@y.example': { notify: [] } } } as const
    const envelope = { returnPath: 'alice@camp.nncp.alt', wishes, quiet: true }
    expect(await queue.put(letterTo([], { handovers, envelope }))).toBe(3)
    await queue.put(letterTo(['d@z.example'], { messageId: 'other@camp', once: 'other' }))
    expect((await queue.ofMessage('one@camp')).map(({ gateway }) => gateway)).toEqual(['out', 'uucp'])
    const [other] = await queue.ofMessage('other@camp')
    await queue.conclude(other?.id ?? 0, { ...none, done: ['d@z.example'] })
    expect(await queue.ofMessage('other@camp')).toEqual([])
    const [first] = await queue.due('out', at, 10)
    const [second] = await queue.due('uucp', at, 10)
    expect(first).toMatchObject({ gateway: 'out', messageId: 'one@camp' })
    expect(first).toMatchObject({ sizeBytes: 22, queuedAt: at, ageDays: 0, attempts: 0, dueAt: null, warned: false })
    expect(first?.envelope).toEqual({ ...envelope, recipients: handovers[0]?.recipients })
    expect(second?.envelope).toEqual({ ...envelope, recipients: handovers[1]?.recipients })
    await queue.conclude(first?.id ?? 0, { ...none, done: ['a@x.example', 'b@x.example'] })
    expect(await queue.due('out', at, 10)).toEqual([])
    expect(await textOf(queue, second?.id ?? 0)).toBe('Subject: hi\r\n\r\nhello\r\n')
    await queue.conclude(second?.id ?? 0, { ...none, done: ['c@y.example'] })
    expect(await queue.open(second?.id ?? 0)).toBeUndefined()
    expect(await queue.summary()).toEqual([])
  })

  test('line ends become CR LF, wherever the chunks are cut; a bare CR is one too', async () => {
    const { queue } = await make()
    const raw = 'a\nb\r\nc\rd\r\r\n\n.\n'
    for (let cut = 0; cut <= raw.length; cut += 1) {
      const body = bytesOf(raw.slice(0, cut), '', raw.slice(cut))
      await queue.put(letterTo([`u${cut}@x.example`], { body }))
    }
    for (const { id } of await queue.due('out', at, 100)) {
      expect(await textOf(queue, id)).toBe('a\r\nb\r\nc\r\nd\r\n\r\n\r\n.\r\n')
    }
    await queue.put(letterTo(['end@x.example'], { body: bytesOf('a\r') }))
    expect(await textOf(queue, (await queue.due('out', at, 100)).at(-1)?.id ?? 0)).toBe('a\r\n')
  })

  test('the same letter is not queued again for the same recipient, unless it failed', async () => {
    const { queue } = await make()
    expect(await queue.put(letterTo(['a@x.example', 'a@x.example', 'b@x.example']))).toBe(2)
    expect(await queue.put(letterTo(['a@x.example', 'b@x.example']))).toBe(0)
    const [first] = await queue.due('out', at, 10)
    await queue.conclude(first?.id ?? 0, { ...none, done: ['a@x.example'], failed: ['b@x.example'] })
    expect(await queue.put(letterTo(['a@x.example', 'b@x.example']))).toBe(1)
    expect((await queue.due('out', at, 10)).flatMap(({ envelope }) => envelope.recipients)).toEqual(['b@x.example'])
    expect(await queue.put(letterTo(['a@x.example'], { envelope: { returnPath: 'bob@camp.nncp.alt' } }))).toBe(1)
    expect(await queue.put(letterTo(['a@x.example'], { body: bytesOf('Subject: other\r\n\r\n') }))).toBe(1)
  })

  test('a letter with a name of its own is known by it', async () => {
    const { queue } = await make()
    expect(await queue.put(letterTo(['a@x.example'], { once: 'report 1' }))).toBe(1)
    expect(await queue.put(letterTo(['a@x.example'], { once: 'report 1', body: bytesOf('other') }))).toBe(0)
    expect(await queue.put(letterTo(['a@x.example'], { once: 'report 2' }))).toBe(1)
    expect(await queue.put(letterTo(['a@x.example']))).toBe(1)
  })

  test('many recipients are split into hand-overs that every server takes', async () => {
    const { queue } = await make()
    const many = Array.from({ length: 2 * queueLimits.recipientsMax + 1 }, (_, index) => `u${index}@x.example`)
    expect(await queue.put(letterTo(many))).toBe(many.length)
    const sizes = (await queue.due('out', at, 10)).map(({ envelope }) => envelope.recipients.length)
    expect(sizes).toEqual([queueLimits.recipientsMax, queueLimits.recipientsMax, 1])
    const handovers = [{ gateway: 'one', recipients: many.slice(0, 3), recipientsMax: 1 }]
    expect(await queue.put(letterTo([], { handovers, once: 'one by one' }))).toBe(3)
    expect(await queue.due('one', at, 10)).toHaveLength(3)
  })

  test('a letter whose source fails is not there', async () => {
    const { queue } = await make()
    const broken = (async function* () {
      yield* bytesOf('x'.repeat(100_000))
      throw new Error('cut')
    })()
    await expect(queue.put(letterTo(['a@x.example'], { body: broken }))).rejects.toThrow('cut')
    expect(await queue.due('out', at, 10)).toEqual([])
    expect(await queue.put(letterTo(['a@x.example']))).toBe(1)
  })
}

function concludingContract(make: () => Promise<QueueRig>): void {
  test('what is left of a hand-over waits for another try, with the reason', async () => {
    const { queue } = await make()
    await queue.put(letterTo(['a@x.example', 'b@x.example', 'c@x.example']))
    const [first] = await queue.due('out', at, 10)
    const id = first?.id ?? 0
    const later = { dueAt: at + 60_000.5, reason: 'busy\r\nnow' }
    await queue.conclude(id, { done: ['a@x.example'], failed: ['b@x.example'], later, at })
    expect(await queue.due('out', at, 10)).toEqual([])
    expect(await queue.nextDueAt('out')).toBe(at + 60_000)
    const waiting = {
      envelope: { recipients: ['c@x.example'] },
      attempts: 1,
      dueAt: at + 60_000,
      reason: 'busy\ufffd\ufffdnow',
    }
    expect(await queue.get(id)).toMatchObject(waiting)
    expect((await queue.due('out', at + 60_000, 10)).map(due => due.id)).toEqual([id])
    expect(await queue.nextDueAt('out')).toBeNull()
    // Due once, due until it is put off again: also when the clock goes back.
    expect((await queue.due('out', at, 10)).map(due => due.id)).toEqual([id])
  })

  test('what is done leaves at once, and says nothing of the others', async () => {
    const { queue } = await make()
    await queue.put(letterTo(['a@x.example', 'b@x.example']))
    const [first] = await queue.due('out', at, 10)
    await queue.conclude(first?.id ?? 0, { ...none, done: ['a@x.example'] })
    const left = { envelope: { recipients: ['b@x.example'] }, attempts: 0, dueAt: null, reason: null }
    expect(await queue.due('out', at, 10)).toMatchObject([left])
  })

  test('concluding what has left changes nothing', async () => {
    const { queue } = await make()
    await queue.put(letterTo(['a@x.example']))
    await queue.conclude(77, { ...none, done: ['a@x.example'] })
    expect(await queue.summary()).toEqual([{ gateway: 'out', letters: 1, bytes: 22 }])
    expect(await queue.get(77)).toBeUndefined()
    expect(await queue.open(77)).toBeUndefined()
  })
}

function waitingContract(make: () => Promise<QueueRig>): void {
  test('a time more than a day ahead is that of a wrong clock: due at once', async () => {
    const { queue } = await make()
    await queue.put(letterTo(['a@x.example']))
    const [first] = await queue.due('out', at, 10)
    const later = { dueAt: at + 365 * dayMs, reason: 'later' }
    await queue.conclude(first?.id ?? 0, { ...none, later })
    expect(await queue.due('out', at, 10)).toHaveLength(1)
  })

  test('one, those of a gateway, or all are made due at once', async () => {
    const { queue } = await make()
    for (const gateway of ['one', 'one', 'two']) {
      await queue.put(
        letterTo([], {
          messageId: gateway,
          body: bytesOf(String(Math.random())),
          handovers: [{ gateway, recipients: ['a@x.example'] }],
        }),
      )
    }
    const ids = (await queue.page({ gateway: null, after: 0, limit: 10 })).map(({ id }) => id)
    const putOff = async () => {
      for (const id of ids) await queue.conclude(id, { ...none, later: { dueAt: at + 1000, reason: 'later' } })
    }
    await putOff()
    expect(await queue.hurry({ id: ids[1] ?? 0 })).toBe(1)
    expect((await queue.due('one', at, 10)).map(({ id }) => id)).toEqual([ids[1]])
    await putOff()
    expect(await queue.hurry({ gateway: 'one' })).toBe(2)
    expect(await queue.due('two', at, 10)).toEqual([])
    expect(await queue.hurry('all')).toBe(1)
    expect(await queue.hurry('all')).toBe(0)
  })

  test('age is counted in days of the calendar, and whose sender knows nothing is told apart', async () => {
    const { queue, passDays } = await make()
    await queue.put(letterTo(['a@x.example']))
    await passDays(3)
    await queue.put(letterTo(['b@x.example']))
    await passDays(2)
    expect(await queue.aged(6, { silent: true, limit: 10 })).toEqual([])
    const [old, ...others] = await queue.aged(5, { silent: true, limit: 10 })
    expect(others).toEqual([])
    expect(old).toMatchObject({ ageDays: 5, warned: false, envelope: { recipients: ['a@x.example'] } })
    await queue.warned(old?.id ?? 0, at)
    expect(await queue.aged(5, { silent: true, limit: 10 })).toEqual([])
    expect(await queue.aged(5, { silent: false, limit: 10 })).toMatchObject([{ id: old?.id, warned: true }])
    expect(await queue.aged(0, { silent: false, limit: 1 })).toMatchObject([{ id: old?.id }])
  })

  test('a lifetime is over after so many whole days; of those without one never', async () => {
    const { queue, passDays } = await make()
    const living = (lifetimeDays: number) => ({ returnPath: 'alice@camp.nncp.alt', wishes: { lifetimeDays } })
    await queue.put(letterTo(['a@x.example']))
    await queue.put(letterTo(['b@x.example'], { envelope: living(2) }))
    await queue.put(letterTo(['c@x.example'], { envelope: living(12) }))
    await passDays(2)
    // It was too old when it came.
    await queue.put(letterTo(['d@x.example'], { envelope: living(-1) }))
    const outlived = async () => new Set((await queue.outlived(10)).flatMap(({ envelope }) => envelope.recipients))
    expect(await outlived()).toEqual(new Set(['d@x.example']))
    await passDays(1)
    expect(await outlived()).toEqual(new Set(['b@x.example', 'd@x.example']))
    expect(await queue.outlived(1)).toHaveLength(1)
    await passDays(10)
    expect(await outlived()).toEqual(new Set(['b@x.example', 'c@x.example', 'd@x.example']))
  })
}

function lookingContract(make: () => Promise<QueueRig>): void {
  test('pages go by id, of all gateways or one; the summary follows', async () => {
    const { queue } = await make()
    for (const [index, gateway] of ['one', 'two', 'one', 'one'].entries()) {
      const handovers = [{ gateway, recipients: [`u${index}@x.example`] }]
      await queue.put(letterTo([], { handovers }))
    }
    const all = await queue.page({ gateway: null, after: 0, limit: 3 })
    expect(all.map(({ gateway }) => gateway)).toEqual(['one', 'two', 'one'])
    expect(await queue.page({ gateway: null, after: all[2]?.id ?? 0, limit: 3 })).toHaveLength(1)
    expect(await queue.page({ gateway: 'one', after: all[0]?.id ?? 0, limit: 3 })).toHaveLength(2)
    expect(await queue.due('one', at, 2)).toHaveLength(2)
    expect(await queue.summary()).toEqual([
      { gateway: 'one', letters: 3, bytes: 66 },
      { gateway: 'two', letters: 1, bytes: 22 },
    ])
  })
}
