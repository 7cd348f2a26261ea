import { randomBytes } from 'node:crypto'
import { generateIdentity } from '@posthorn/nncp'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { cardLink } from '../../../stores/directory/card.ts'
import { loadPake, type Pake } from '../pake.ts'
import { openPake, suite } from '../rig.ts'
import { newWords } from '../words.ts'
import { type InviterEvent, InviterMachine } from './inviter.ts'
import { type JoinerEvent, JoinerMachine } from './joiner.ts'
import type { Failure, Step } from './types.ts'

const words = newWords(randomBytes)
const side = (name: string) => {
  const identity = generateIdentity(suite, randomBytes)
  const about = { name, domains: [], addresses: [], acknowledges: true, issuedAt: 0 }
  return { identity, card: cardLink(suite, identity, about) }
}
const valley = side('valley')
const ridge = side('ridge')

interface Played {
  readonly inviter: (InviterEvent | Failure)['kind'][]
  readonly joiner: (JoinerEvent | Failure)['kind'][]
  readonly failures: Failure[]
  /** What each side has said. */
  readonly toInviter: Uint8Array
  readonly toJoiner: Uint8Array
}

interface Play {
  readonly pake: Pake
  readonly guess?: string
  /** How what goes over the line is cut into chunks. */
  readonly cut?: (bytes: Uint8Array) => Uint8Array[]
  readonly alter?: (to: 'inviter' | 'joiner', bytes: Uint8Array) => Uint8Array
}

/** Both machines say yes to everything. */
function play({ pake, guess = words, cut = bytes => [bytes], alter = (_, bytes) => bytes }: Play): Played {
  const inviter = new InviterMachine({ suite, identity: valley.identity, pake })
  const own = { suite, identity: ridge.identity, pake, card: ridge.card, port: 5400 }
  const joiner = new JoinerMachine({ ...own, words: guess })
  const verifier = pake.verifierOf(guess.split(' ')[0] ?? '', words)
  const said = { inviter: [] as Uint8Array[], joiner: [] as Uint8Array[] }
  const heard = { inviter: [] as (InviterEvent | Failure)[], joiner: [] as (JoinerEvent | Failure)[] }
  const decideInviter = ({ kind }: InviterEvent | Failure) =>
    kind === 'asked'
      ? inviter.challenge(verifier)
      : kind === 'proven'
        ? inviter.welcome(valley.card)
        : kind === 'accepted'
          ? inviter.kept()
          : undefined
  const decideJoiner = ({ kind }: JoinerEvent | Failure) =>
    kind === 'shown' ? joiner.accept() : kind === 'kept' ? joiner.stored() : undefined
  const toJoiner = (step: Step<InviterEvent | Failure>): void => {
    for (const bytes of step.send.map(sent => alter('joiner', sent))) {
      said.joiner.push(bytes)
      for (const chunk of cut(bytes)) toInviter(joiner.receive(chunk))
    }
    for (const event of step.events) {
      heard.inviter.push(event)
      const next = decideInviter(event)
      if (next !== undefined) toJoiner(next)
    }
  }
  const toInviter = (step: Step<JoinerEvent | Failure>): void => {
    for (const bytes of step.send.map(sent => alter('inviter', sent))) {
      said.inviter.push(bytes)
      for (const chunk of cut(bytes)) toJoiner(inviter.receive(chunk))
    }
    for (const event of step.events) {
      heard.joiner.push(event)
      const next = decideJoiner(event)
      if (next !== undefined) toInviter(next)
    }
  }
  toInviter(joiner.begin())
  return {
    inviter: heard.inviter.map(({ kind }) => kind),
    joiner: heard.joiner.map(({ kind }) => kind),
    failures: [...heard.inviter, ...heard.joiner].filter(event => event.kind === 'failed' || event.kind === 'refused'),
    toInviter: Buffer.concat(said.inviter),
    toJoiner: Buffer.concat(said.joiner),
  }
}

const whole = { inviter: ['asked', 'proven', 'accepted', 'done'], joiner: ['shown', 'kept'], failures: [] }

describe('the machines of both sides', () => {
  let pake: Pake
  beforeAll(async () => {
    pake = await loadPake()
  })

  it('pair over the real key exchange, whole and byte by byte', () => {
    expect(play({ pake })).toMatchObject(whole)
    expect(play({ pake, cut: bytes => Array.from(bytes, byte => Uint8Array.of(byte)) })).toMatchObject(whole)
  })

  it('pair at random cuts', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3000), { maxLength: 12 }), places => {
        const cut = (bytes: Uint8Array) => {
          const at = [0, ...new Set(places.map(place => place % bytes.length)), bytes.length].sort((a, b) => a - b)
          return at.slice(1).map((end, index) => bytes.subarray(at[index], end))
        }
        expect(play({ pake: openPake, cut })).toMatchObject(whole)
      }),
    )
  })

  it('guessing the words: both sides see that they differ, and no card is shown', () => {
    const [first = ''] = words.split(' ')
    const { inviter, failures, toInviter, toJoiner } = play({ pake, guess: `${first} zoo zoo zoo zoo zoo` })
    expect(inviter).toEqual(['asked'])
    expect(failures).toEqual([{ kind: 'failed', code: 'wrong-words' }])
    for (const said of [toInviter, toJoiner]) {
      expect(Buffer.from(said).includes(ridge.card) || Buffer.from(said).includes(valley.card)).toBe(false)
    }
  })

  it('a guesser who goes on regardless has proven nothing', () => {
    const machine = new InviterMachine({ suite, identity: valley.identity, pake })
    const guesser = new JoinerMachine({ suite, ...ridge, pake, port: 0, words: `${words} x` })
    const other = new InviterMachine({ suite, identity: ridge.identity, pake })
    const hello = Buffer.concat([...guesser.begin().send])
    machine.receive(hello)
    other.receive(hello)
    machine.challenge(pake.verifierOf(words.split(' ')[0] ?? '', words))
    // Its own invite challenges it, and it says to us what it would say there.
    const own = other.challenge(pake.verifierOf(words.split(' ')[0] ?? '', `${words} x`))
    const proof = own.send.flatMap(bytes => [...guesser.receive(bytes).send])
    expect(machine.receive(Buffer.concat(proof)).events).toEqual([{ kind: 'failed', code: 'wrong-words' }])
    expect(machine.isOver).toBe(true)
  })

  it('replayed: what a joiner has said once proves nothing a second time', () => {
    const { toInviter } = play({ pake })
    const machine = new InviterMachine({ suite, identity: valley.identity, pake })
    const verifier = pake.verifierOf(words.split(' ')[0] ?? '', words)
    expect(machine.receive(toInviter).events).toMatchObject([{ kind: 'asked' }])
    expect(machine.challenge(verifier).events).toEqual([{ kind: 'failed', code: 'wrong-words' }])
  })

  it('cards in the clear are nowhere on the line', () => {
    const { toInviter, toJoiner } = play({ pake })
    const line = Buffer.concat([toInviter, toJoiner])
    for (const card of [ridge.card, valley.card]) expect(line.includes(card)).toBe(false)
  })

  it('a man in the middle who changes any byte ends it', () => {
    const { toInviter, toJoiner } = play({ pake: openPake })
    for (const [to, sizeBytes] of [['inviter', toInviter.length] as const, ['joiner', toJoiner.length] as const]) {
      for (let at = 0; at < sizeBytes; at += 1) {
        let passed = 0
        const alter = (towards: string, bytes: Uint8Array) => {
          if (towards !== to) return bytes
          const place = at - passed
          passed += bytes.length
          return bytes.map((byte, index) => (index === place ? byte ^ 1 : byte))
        }
        const { inviter, joiner } = play({ pake: openPake, alter })
        const where = `byte ${at} to the ${to}`
        expect([...inviter, ...joiner], where).not.toEqual([...whole.inviter, ...whole.joiner])
        // Nobody keeps a card that was touched, and the joiner keeps nobody who has not said that it keeps it.
        if (joiner.includes('kept')) expect(inviter, where).toContain('accepted')
      }
    }
  })

  it('only FormatErrors and refusals come of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, after) => {
        const inviter = new InviterMachine({ suite, identity: valley.identity, pake: openPake })
        const joiner = new JoinerMachine({ suite, ...ridge, pake: openPake, port: 0, words })
        joiner.begin()
        if (after) inviter.receive(new Uint8Array([0x50, 0x48, 0x50, 0x41, 0x49, 0x52, 0, 1]))
        for (const { events } of [inviter.receive(bytes), joiner.receive(bytes)]) {
          for (const { kind } of events) expect(['failed', 'refused', 'asked']).toContain(kind)
        }
      }),
    )
  })

  it('a frame without end is not waited for', () => {
    const inviter = new InviterMachine({ suite, identity: valley.identity, pake: openPake })
    inviter.receive(new Uint8Array([0x50, 0x48, 0x50, 0x41, 0x49, 0x52, 0, 1]))
    expect(inviter.receive(new Uint8Array([0x7f, 0xff, 0xff, 0xfc])).events).toEqual([
      { kind: 'failed', code: 'bad-peer' },
    ])
  })
})
