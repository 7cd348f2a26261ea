/** What every store of journeys must do. Run by the one on SQL and by its twin in memory. */
import { type NodeId, nodeIdFromBytes, type PacketId, packetIdFromBytes } from '@posthorn/nncp'
import { describe, expect, test } from 'vitest'
import type { JourneyNotes, Journeys, SettingOut, Station } from './journeys.ts'
import { journeyLimits } from './limits.ts'

export interface JourneysRig {
  readonly journeys: Journeys
  /** Runs in one commit. */
  readonly commit: (work: (notes: JourneyNotes) => void) => Promise<void>
  readonly passDays: (days: number) => Promise<void>
}

const at = 1_700_000_000_000
const hut: NodeId = nodeIdFromBytes(new Uint8Array(32).fill(7))
const relay: NodeId = nodeIdFromBytes(new Uint8Array(32).fill(8))
export const packet = (number: number): PacketId => packetIdFromBytes(new Uint8Array(32).fill(number))
const [alice, bob, carol] = ['alice@camp.nncp.alt', 'bob@hut.nncp.alt', 'carol@hut.nncp.alt'] as const
const all = { sender: null, limit: 100 }

export function settingOut(changes: Partial<SettingOut> = {}): SettingOut {
  return { messageId: 'one@camp', sender: alice, recipients: [bob], at, ...changes }
}

function sealedLetter(changes: Partial<Parameters<JourneyNotes['noteSealed']>[0]> = {}) {
  return { ...settingOut(), letter: packet(1), packet: packet(1), destination: hut, ...changes }
}

const seen = (kind: Station['kind'], changes: Partial<Station> = {}): Station => ({ kind, at, where: hut, ...changes })

type Make = () => Promise<JourneysRig>

export function journeysContract(name: string, make: Make): void {
  describe(`journeys: ${name}`, () => {
    stations(make)
    truth(make)
    questions(make)
    news(make)
    forgetting(make)
  })
}

async function statesOf(journeys: Journeys, messageId = 'one@camp'): Promise<Record<string, string>> {
  const found = await journeys.ofMessage(messageId, all)
  return Object.fromEntries(found.map(({ recipient, state }) => [recipient, state]))
}

async function kindsOf(journeys: Journeys, recipient: string = bob): Promise<string[]> {
  const [journey] = await journeys.ofRecipient(recipient, all)
  return (journey?.stations ?? []).map(({ kind }) => kind)
}

function stations(make: Make): void {
  test('a letter for two of a node has one packet: what happens to it is said of both, the rest of each', async () => {
    const { journeys, commit } = await make()
    await commit(notes => notes.noteSealed(sealedLetter({ recipients: [bob, carol], packet: packet(9) })))
    const stick = seen('copied', { where: null, road: 'blue-1', at: at + 5, heardAt: at + 9 })
    await journeys.note([
      [{ letter: packet(1) }, stick],
      [{ letter: packet(1), recipients: [bob.toUpperCase()] }, seen('delivered', { evidence: 'receipt 1' })],
    ])
    const [one, other] = await journeys.ofMessage('one@camp', all)
    expect(one).toMatchObject({ messageId: 'one@camp', sender: alice, recipient: bob, state: 'delivered' })
    expect(other).toMatchObject({ recipient: carol, state: 'copied' })
    const number = expect.any(Number)
    const plain = { heardAt: at, road: null, evidence: null, reason: null, letter: null, number, at }
    expect(one?.stations).toEqual([
      { ...plain, kind: 'accepted', where: null },
      { ...plain, kind: 'sealed', where: hut, evidence: packet(9), letter: packet(1) },
      { ...plain, kind: 'copied', where: null, road: 'blue-1', at: at + 5, heardAt: at + 9, letter: packet(1) },
      { ...plain, kind: 'delivered', where: hut, evidence: 'receipt 1' },
    ])
    expect(one?.letters).toEqual([{ id: packet(1), destination: hut }])
  })

  test('the same station told twice is one; by another road, or with other evidence, it is another', async () => {
    const { journeys, commit } = await make()
    await commit(notes => {
      notes.noteSealed(sealedLetter())
      notes.noteSealed(sealedLetter({ at: at + 1 }))
    })
    const of = { letter: packet(1) }
    for (const road of ['blue-1', 'blue-2', 'blue-1', 'blue-1']) {
      await journeys.note([[of, seen('copied', { where: null, road, at: at + 1 })]])
    }
    for (const evidence of ['a', 'b', 'a']) await journeys.note([[of, seen('arrived', { evidence })]])
    expect(await kindsOf(journeys)).toEqual(['accepted', 'sealed', 'copied', 'copied', 'arrived', 'arrived'])
  })

  test('of what nobody handed in here nothing is noted', async () => {
    const { journeys, commit } = await make()
    await commit(notes => notes.noteSealed(sealedLetter()))
    await journeys.note([
      [{ letter: packet(2) }, seen('arrived')],
      [{ letter: packet(1), recipients: ['mallory@hut.nncp.alt'] }, seen('delivered')],
      [{ messageId: 'two@camp', sender: alice }, seen('failed')],
      [{ messageId: 'one@camp', sender: 'mallory@hut.nncp.alt', recipients: [bob] }, seen('read')],
    ])
    expect(await kindsOf(journeys)).toEqual(['accepted', 'sealed'])
    expect(await journeys.ofLetter(packet(2))).toEqual([])
  })

  test('a letter that came to something here sets out and has a station for those, and no others', async () => {
    const { journeys, commit } = await make()
    for (let told = 0; told < 2; told += 1) {
      await journeys.noteHere(settingOut({ recipients: [bob] }), seen('forwarded', { where: null }))
    }
    expect(await kindsOf(journeys)).toEqual(['accepted', 'forwarded'])
    await commit(notes => notes.noteSetOut(settingOut({ recipients: [carol] })))
    expect(await statesOf(journeys)).toEqual({ [bob]: 'forwarded', [carol]: 'accepted' })
  })

  test('a commit that fails leaves no station', async () => {
    const { journeys, commit } = await make()
    await commit(notes => notes.noteSetOut(settingOut()))
    const failing = commit(() => {
      throw new Error('the disk is full')
    })
    await expect(failing).rejects.toThrow('full')
    expect(await kindsOf(journeys)).toEqual(['accepted'])
  })

  test('journeys-fill: what others tell is bounded in number and length', async () => {
    const { journeys, commit } = await make()
    await commit(notes => notes.noteSealed(sealedLetter()))
    for (let number = 0; number < 40; number += 1) {
      const told = {
        where: relay,
        evidence: `${number}${'x'.repeat(5000)}`,
        road: 'y'.repeat(5000),
        reason: '\u001b[31m',
      }
      await journeys.note([[{ letter: packet(1) }, seen('passed', told)]])
    }
    await journeys.note([[{ letter: packet(1), recipients: [bob] }, seen('delivered')]])
    const [journey] = await journeys.ofLetter(packet(1))
    const passed = journey?.stations.filter(({ kind }) => kind === 'passed') ?? []
    expect(passed).toHaveLength(journeyLimits.stationsPerKindMax)
    expect(passed[0]?.evidence).toHaveLength(journeyLimits.evidenceLettersMax)
    expect(passed[0]?.road).toHaveLength(journeyLimits.roadLettersMax)
    expect(passed[0]?.reason).toBe('\ufffd[31m')
    expect(journey?.state).toBe('delivered')
  })
}

function truth(make: Make): void {
  test.each<[string, Station['kind'][]]>([
    ['accepted', []],
    ['copied', ['copied', 'delayed']],
    ['handed', ['handed', 'copied', 'resent']],
    ['arrived', ['arrived', 'passed']],
    ['returned', ['copied', 'returned']],
    ['returned', ['handed', 'delayed', 'returned', 'passed']],
    ['delivered', ['returned', 'delivered']],
    ['delivered', ['delivered', 'expired']],
    ['read', ['read', 'fetched', 'delivered']],
    ['recalled', ['expired', 'recalled']],
    ['sealed', ['failed', 'sealed']],
    ['outside', ['outside', 'failed']],
    ['forwarded', ['forwarded', 'failed']],
    ['delivered', ['delivered', 'forwarded']],
  ])('%s is what may be said after %j', async (state, kinds) => {
    const { journeys, commit } = await make()
    await commit(notes => notes.noteSealed(sealedLetter()))
    if (state === 'accepted') await commit(notes => notes.noteSetOut(settingOut({ messageId: 'two@camp' })))
    for (const kind of kinds) {
      if (kind === 'sealed') await commit(notes => notes.noteSealed(sealedLetter({ letter: packet(2) })))
      else await journeys.note([[{ letter: packet(1), recipients: [bob] }, seen(kind)]])
    }
    expect(await statesOf(journeys, state === 'accepted' ? 'two@camp' : 'one@camp')).toEqual({ [bob]: state })
  })
}

function questions(make: Make): void {
  test('by Message-ID, by recipient, and the last, of one sender or of anybody', async () => {
    const { journeys, commit } = await make()
    const eve = 'eve@camp.nncp.alt'
    await commit(notes => {
      notes.noteSetOut(settingOut({ recipients: [bob, carol] }))
      notes.noteSetOut(settingOut({ sender: eve }))
      notes.noteSetOut(settingOut({ messageId: 'two@camp' }))
      notes.noteSetOut(settingOut({ messageId: 'three@camp', sender: eve, recipients: [bob, carol] }))
    })
    const brief = (found: Awaited<ReturnType<Journeys['last']>>) =>
      found.map(({ messageId, sender, recipient }) => `${messageId} ${sender.split('@')[0]} ${recipient.split('@')[0]}`)
    expect(brief(await journeys.ofMessage('one@camp', all)).sort()).toEqual([
      'one@camp alice bob',
      'one@camp alice carol',
      'one@camp eve bob',
    ])
    expect(brief(await journeys.ofMessage('one@camp', { sender: eve, limit: 9 }))).toEqual(['one@camp eve bob'])
    expect(await journeys.ofMessage('one', all)).toEqual([])
    expect(brief(await journeys.last(all))).toEqual(['three@camp eve bob', 'three@camp eve carol'])
    expect(brief(await journeys.last({ sender: 'ALICE@camp.nncp.alt', limit: 9 }))).toEqual(['two@camp alice bob'])
    expect(await journeys.last({ sender: 'nobody@camp', limit: 9 })).toEqual([])
    const ofEve = (await journeys.ofSender(eve.toUpperCase(), 9)).map(({ messageId }) => messageId)
    expect(ofEve).toEqual(['three@camp', 'three@camp', 'one@camp'])
    expect((await journeys.ofSender(eve, 1)).map(({ messageId }) => messageId)).toEqual(['three@camp'])
    expect(await journeys.ofSender('nobody@camp', 9)).toEqual([])
    expect(brief(await journeys.ofRecipient(bob, { sender: null, limit: 2 }))).toEqual([
      'three@camp eve bob',
      'two@camp alice bob',
    ])
    const fromAlice = await journeys.ofRecipient(bob, { sender: alice, limit: 9 })
    expect(brief(fromAlice)).toEqual(['two@camp alice bob', 'one@camp alice bob'])
  })
}

function news(make: Make): void {
  test('what is new is told once, in order, with whom it is about', async () => {
    const { journeys, commit } = await make()
    await commit(notes => notes.noteSetOut(settingOut({ messageId: 'before@camp' })))
    const { cursor, news: none } = await journeys.news(null, 10)
    expect(none).toEqual([])
    const heard = new Promise<void>(resolve => {
      const stop = journeys.onNews(() => {
        stop()
        resolve()
      })
    })
    await commit(notes => notes.noteSealed(sealedLetter({ recipients: [bob, carol] })))
    await heard
    await journeys.note([[{ letter: packet(1), recipients: [carol] }, seen('delivered')]])
    const first = await journeys.news(cursor, 2)
    const toBoth = [bob, carol].map(recipient => ({ messageId: 'one@camp', sender: alice, recipient }))
    expect(first.news.map(({ station, of }) => [station.kind, of])).toEqual([
      ['accepted', toBoth],
      ['sealed', toBoth],
    ])
    const second = await journeys.news(first.cursor, 2)
    expect(second.news.map(({ station, of }) => [station.kind, of])).toEqual([['delivered', toBoth.slice(1)]])
    expect(await journeys.news(second.cursor, 2)).toEqual({ news: [], cursor: second.cursor })
  })
}

function forgetting(make: Make): void {
  test('what has ended goes after its days, with its stations; what is on its way stays', async () => {
    const { journeys, commit, passDays } = await make()
    await commit(notes => {
      notes.noteSealed(sealedLetter({ recipients: [bob, carol] }))
      notes.noteSetOut(settingOut({ messageId: 'two@camp' }))
    })
    await journeys.note([[{ letter: packet(1), recipients: [bob] }, seen('delivered')]])
    await passDays(89)
    await journeys.prune(90)
    expect(await statesOf(journeys)).toEqual({ [bob]: 'delivered', [carol]: 'sealed' })
    await passDays(1)
    await journeys.prune(90)
    expect(await statesOf(journeys)).toEqual({ [carol]: 'sealed' })
    await journeys.note([[{ letter: packet(1) }, seen('recalled')]])
    await passDays(90)
    await journeys.prune(90)
    expect(await statesOf(journeys)).toEqual({})
    expect(await journeys.ofLetter(packet(1))).toEqual([])
    expect(await statesOf(journeys, 'two@camp')).toEqual({ [bob]: 'accepted' })
  })

  test('a late word begins the days anew; sealed again, it has not ended', async () => {
    const { journeys, commit, passDays } = await make()
    const of = { letter: packet(1), recipients: [bob] }
    await commit(notes => notes.noteSealed(sealedLetter()))
    await journeys.note([[of, seen('returned')]])
    await passDays(5)
    await journeys.note([[of, seen('delivered')]])
    await passDays(5)
    await journeys.prune(6)
    expect(await statesOf(journeys)).toEqual({ [bob]: 'delivered' })
    await passDays(1)
    await journeys.prune(6)
    expect(await statesOf(journeys)).toEqual({})
    await commit(notes => notes.noteSealed(sealedLetter()))
    await journeys.note([[of, seen('failed')]])
    await commit(notes => notes.noteSealed(sealedLetter({ letter: packet(2), packet: packet(2) })))
    await passDays(50)
    await journeys.prune(6)
    expect(await statesOf(journeys)).toEqual({ [bob]: 'sealed' })
  })

  test.each(['handed', 'copied'] as const)(
    'a letter that was %s, and nothing more is heard, ends in a year',
    async kind => {
      const { journeys, commit, passDays } = await make()
      await commit(notes => notes.noteSealed(sealedLetter()))
      await commit(notes => {
        notes.noteStation({ letter: packet(1) }, seen(kind, { where: relay }))
        if (kind === 'copied') notes.noteLetGo(packet(1))
      })
      await passDays(journeyLimits.silentDays + 9)
      await journeys.prune(10)
      expect(await statesOf(journeys)).toEqual({ [bob]: kind })
      await passDays(1)
      await journeys.prune(10)
      expect(await statesOf(journeys)).toEqual({})
    },
  )

  test('with no days nothing is kept', async () => {
    const { journeys, commit } = await make()
    await commit(notes => notes.noteSealed(sealedLetter()))
    await journeys.prune(0)
    expect(await journeys.last(all)).toEqual([])
    expect((await journeys.news(0, 10)).news).toEqual([])
  })
}
