/** Nodes that pair, for tests: a network in memory, a clock in the hand, and a key exchange that costs nothing. */
import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto'
import { generateIdentity, type PrivateIdentity, type Suite } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { onTestFinished } from 'vitest'
import type { Clock } from '../../base/clock.ts'
import { OperatingError } from '../../base/errors.ts'
import { silentLog } from '../../base/log.ts'
import { MemoryNetwork } from '../../links/memory/stream.ts'
import { cardLink, parseCardLink } from '../../stores/directory/card.ts'
import type { Directory, Neighbour } from '../../stores/directory/directory.ts'
import { memoryDirectory } from '../../stores/directory/memory.ts'
import { HandClock } from '../courier/fixture.ts'
import type { Introduction, Nearby, PairingOptions, Self } from './context.ts'
import { type Joined, openPairing, type Pairing } from './index.ts'
import { encodeFrame, type Frame, FrameReader, pairingMagic } from './machine/wire.ts'
import type { Pake } from './pake.ts'

export const signal: AbortSignal = new AbortController().signal
/** RFC 8410: the fixed head of a PKCS #8 Ed25519 private key, before its 32-byte seed. */
const privateHead = Buffer.from('302e020100300506032b657004220420', 'hex')

/** With the platform's signatures: a test that cuts at every byte makes ten thousand. */
export const suite: Suite = {
  ...pureSuite,
  ed25519Sign(seed, message) {
    const key = createPrivateKey({ key: Buffer.concat([privateHead, seed]), format: 'der', type: 'pkcs8' })
    return sign(null, message, key)
  },
  ed25519Verify(publicKey, message, signature) {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey).toString('base64url') }
    return verify(null, message, createPublicKey({ key: jwk, format: 'jwk' }), signature)
  },
}
export const there = 'tcp://there:5400'
export const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await turn()
}

/** Looks like the real one from outside, and keeps nothing secret. */
export const openPake: Pake = {
  verifierOf: (_, words) => Buffer.from(words),
  begin(words) {
    const request = randomBytes(8).toString('hex')
    return { state: `${words}|${request}`, request }
  },
  answer(_, verifier, request) {
    const words = Buffer.from(verifier).toString()
    const response = `${request}.${hash(`mine ${words} ${request}`)}`
    return { state: `${words}|${response}`, response }
  },
  finish({ words, state, response }) {
    const [request = '', proof] = response.split('.')
    if (state !== `${words}|${request}` || proof !== hash(`mine ${words} ${request}`)) return undefined
    return { finish: hash(`${words}|${response}`), key: Buffer.from(hash(`key ${words} ${response}`)) }
  },
  accept(state, finish) {
    const [words = '', response = ''] = state.split('|')
    return finish === hash(state) ? Buffer.from(hash(`key ${words} ${response}`)) : undefined
  },
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

class TestNode {
  readonly name: string
  readonly identity: PrivateIdentity = generateIdentity(suite, randomBytes)
  readonly directory: Directory = memoryDirectory()
  readonly card: string
  readonly self: Self
  readonly options: PairingOptions
  nearby: readonly Nearby[] = []
  changes = 0
  pairing!: Pairing

  private constructor(name: string, network: MemoryNetwork, clock: Clock, pake: Pake | undefined) {
    this.name = name
    const about = { name, domains: [], addresses: [], acknowledges: true, issuedAt: 0 }
    this.card = cardLink(suite, this.identity, about)
    this.self = { card: async () => this.card, listens: null }
    const { identity, directory } = this
    this.options = {
      ...{ identity, directory, suite, clock, random: randomBytes, log: silentLog },
      dialers: [network.transport],
      consider: introduction => this.#consider(introduction),
      changed: () => {
        this.changes += 1
      },
      nearby: async () => this.nearby,
      ...(pake === undefined ? {} : { pake: async () => pake }),
    }
  }

  static async open(name: string, network: MemoryNetwork, clock: Clock, pake?: Pake): Promise<TestNode> {
    const node = new TestNode(name, network, clock, pake)
    await node.start()
    onTestFinished(() => node.pairing.stop())
    return node
  }

  /** Anew, on what it has kept. */
  async start(): Promise<void> {
    this.pairing = await openPairing(this.options)
    this.pairing.open(this.self)
  }

  async serve(network: MemoryNetwork, at = there): Promise<void> {
    const listener = await network.transport.listen(new URL(at), { signal })
    onTestFinished(() => listener.close())
    void (async () => {
      for await (const connection of listener) void this.pairing.answer(connection)
    })()
  }

  join(invite: string, at: string | null = there): Promise<Joined> {
    const addresses = at === null ? [] : [new URL(at)]
    return this.pairing.join({ invite, name: null, addresses, self: this.self, signal })
  }

  async knows(other: TestNode): Promise<boolean> {
    const found = await this.directory.neighbours.get(other.identity.id)
    return found?.card === other.card
  }

  async #consider({ card: link, name, met }: Introduction): Promise<Neighbour> {
    const card = parseCardLink(suite, link)
    const called = name ?? card.name
    const holder = await this.directory.neighbours.byName(called)
    if (holder !== undefined && holder.identity.id !== card.identity.id) {
      throw new OperatingError(`${called} is taken`, { code: 'name-taken', retry: 'never' })
    }
    return {
      ...{
        identity: card.identity,
        name: called,
        domains: [],
        addresses: met,
        via: [],
        otherRoads: [],
        custody: 'ack',
      },
      ...{ posthorn: true, card: link, addedAt: 0, lastContactAt: null },
    }
  }
}

export interface Rig {
  readonly network: MemoryNetwork
  readonly clock: HandClock
  /** Added to what the wall clock says; timers know nothing of it. */
  jump: (ms: number) => void
  readonly valley: TestNode
  readonly ridge: TestNode
  readonly newNode: (name: string) => Promise<TestNode>
}

/** `valley` invites and listens at `there`; `ridge` joins. */
export async function rig(pake?: Pake): Promise<Rig> {
  const network = new MemoryNetwork()
  const clock = new HandClock()
  let jumped = 0
  const wall: Clock = { now: () => clock.now() + jumped, sleep: (ms, stop) => clock.sleep(ms, stop) }
  const newNode = (name: string) => TestNode.open(name, network, wall, pake)
  const valley = await newNode('valley')
  await valley.serve(network)
  const jump = (ms: number) => {
    jumped += ms
  }
  return { network, clock, jump, valley, ridge: await newNode('ridge'), newNode }
}

export const invite = (node: TestNode, changes: { name?: string; addresses?: readonly string[] } = {}) =>
  node.pairing.invite({ name: null, lifeMs: 900_000, addresses: [there], ...changes })

/** Somebody who says what the test wants. */
export async function stranger(network: MemoryNetwork) {
  const connection = await network.transport.dial(new URL(there), { signal })
  const frames = new FrameReader({ magic: false })
  const heard: Frame[] = []
  const closed = (async () => {
    try {
      for await (const chunk of connection.read()) {
        frames.push(chunk)
        for (let frame = frames.next(); frame !== undefined; frame = frames.next()) heard.push(frame)
      }
    } catch {
      // Cut: closed as well.
    }
  })()
  return {
    heard,
    closed,
    say: (frame: Frame) => connection.write(encodeFrame(frame)),
    raw: (bytes: Uint8Array) => connection.write(bytes),
    magic: () => connection.write(pairingMagic),
    hangUp: () => connection.close(),
  }
}
