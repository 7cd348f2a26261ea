/** What the tests of the session share: two machines with a line between them. */
import type { PrivateIdentity, PublicIdentity } from '../identity.ts'
import { type PacketId, packetIdFromBytes } from '../ids.ts'
import { pureSuite as suite } from '../pure.ts'
import { alice, bob, seededRandom } from '../testkit.ts'
import { encodeEnvelope } from './envelope.ts'
import {
  type Session,
  type SessionEvent,
  type SessionLimits,
  type SessionOffer,
  type SessionOptions,
  session,
} from './index.ts'
import { type Ciphers, initiate, respond } from './noise.ts'
import { padded } from './packer.ts'
import { encodePacket, type SpPacket } from './packets.ts'

export function idOf(seed: string): PacketId {
  return packetIdFromBytes(seededRandom(seed)(32))
}

export function offerOf(seed: string, sizeBytes = 10, niceness = 96): SessionOffer {
  return { id: idOf(seed), sizeBytes, niceness }
}

type How = Pick<SessionOptions, 'pushes'>

/** Alice calls. */
export function initiator(limits: Partial<SessionLimits> = {}, peer: PublicIdentity = bob, how: How = {}): Session {
  return session({ suite, random: seededRandom('initiator'), identity: alice, peer, limits, ...how })
}

/** Bob answers Alice. */
export function responder(
  limits: Partial<SessionLimits> = {},
  identity: PrivateIdentity = bob,
  how: How = {},
): Session {
  const peerOf = (key: Uint8Array) => (Buffer.from(key).equals(alice.noiseKey) ? alice : undefined)
  return session({ suite, random: seededRandom('responder'), identity, peerOf, limits, ...how })
}

/** All bytes that the events put on the wire. */
export function wire(events: readonly SessionEvent[]): Uint8Array {
  return new Uint8Array(Buffer.concat(events.flatMap(event => (event.kind === 'send' ? [event.bytes] : []))))
}

export function kinds(events: readonly SessionEvent[]): string[] {
  return events.map(event => (event.kind === 'closed' ? `closed ${event.code}` : event.kind))
}

/** Both through with the handshake, and what they said of it. */
export function connectedPair(
  offers: readonly SessionOffer[] = [],
  answered: readonly SessionOffer[] = [],
  limits: Partial<SessionLimits> = {},
  how: How = {},
): { a: Session; b: Session; atA: SessionEvent[]; atB: SessionEvent[] } {
  const [a, b] = [initiator(limits, bob, how), responder(limits, bob, how)]
  const first = a.command({ kind: 'begin', offers }, 0)
  const atB = b.receive(wire(first), 0)
  const answer = b.command({ kind: 'answer', offers: answered }, 0)
  const atA = a.receive(wire(answer), 0)
  return { a, b, atA, atB: [...atB, ...answer, ...b.receive(wire(atA), 0)] }
}

/** The other end in the hands of a test that lies: it seals any packets, or any bytes as payload. */
export interface Liar {
  say(...packets: readonly (SpPacket | Uint8Array)[]): Uint8Array
}

/** Bob's session, called by somebody with Alice's keys who does as he likes. */
export function calledByLiar(
  limits: Partial<SessionLimits> = {},
  first: readonly SpPacket[] = [],
  how: How = {},
): {
  b: Session
  liar: Liar
  atB: SessionEvent[]
} {
  const keys = { suite, random: seededRandom('liar'), privateKey: alice.noisePrivateKey, publicKey: alice.noiseKey }
  const payload = padded([payloadOf(first)])
  const handshake = initiate(keys, new Uint8Array(0), bob.noiseKey, payload)
  if (handshake === undefined) throw new Error('no handshake')
  const b = responder(limits, bob, how)
  const atB = b.receive(encodeEnvelope(handshake.message), 0)
  const answer = b.command({ kind: 'answer', offers: [offerOf('ours', 1000)] }, 0)
  const read = handshake.readAnswer(wire(answer).subarray(12))
  if (read === undefined) throw new Error('no answer')
  return { b, liar: liarWith(read.ciphers), atB: [...atB, ...answer] }
}

/** Alice's session, whose call is answered by somebody with Bob's keys. */
export function answeredByLiar(payload: Uint8Array): SessionEvent[] {
  const keys = { suite, random: seededRandom('liar'), privateKey: bob.noisePrivateKey, publicKey: bob.noiseKey }
  const a = initiator()
  const handshake = respond(keys, new Uint8Array(0), wire(a.command({ kind: 'begin', offers: [] }, 0)).subarray(12))
  if (handshake === undefined) throw new Error('no handshake')
  return a.receive(encodeEnvelope(handshake.answer(payload).message), 0)
}

function liarWith(ciphers: Ciphers): Liar {
  return { say: (...packets) => encodeEnvelope(ciphers.outgoing.seal(new Uint8Array(0), payloadOf(packets))) }
}

function payloadOf(packets: readonly (SpPacket | Uint8Array)[]): Uint8Array {
  return new Uint8Array(Buffer.concat(packets.map(each => (each instanceof Uint8Array ? each : encodePacket(each)))))
}
