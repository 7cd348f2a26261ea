import type { PublicIdentity } from '../identity.ts'
import type { NodeId, PacketId } from '../ids.ts'
import { EnvelopeReader, emptyEnvelope, encodeEnvelope } from './envelope.ts'
import { faultOf, SessionFault } from './fault.ts'
import {
  handshakeMessageBytesMax,
  payloadBytesMax,
  type SessionLimits,
  sessionLimits,
  transportMessageBytesMax,
} from './limits.ts'
import {
  type Ciphers,
  type InitiatorHandshake,
  initiate,
  type NoiseKeys,
  type ResponderHandshake,
  respond,
  transportOverheadBytes,
} from './noise.ts'
import { OurOffers } from './ours.ts'
import { packed, padded } from './packer.ts'
import {
  chunkBytesMax,
  decodePackets,
  decodePacketsAndPushes,
  encodeInPieces,
  encodePacket,
  pushBytesMax,
  type SpPacket,
} from './packets.ts'
import { TheirOffers } from './theirs.ts'
import type { Session, SessionCloseCode, SessionCommand, SessionEvent, SessionOffer, SessionOptions } from './types.ts'

/** NNCP mixes nothing into the handshake, by experiment. */
const prologue = new Uint8Array(0)
const nothing = new Uint8Array(0)
const infoBytes = 48
const offersPerPayload = payloadBytesMax / infoBytes

/** Where the session stands, with what it needs to go on from there. */
type Phase =
  | { readonly kind: 'new' }
  | { readonly kind: 'called'; readonly peer: NodeId; readonly handshake: InitiatorHandshake }
  | { readonly kind: 'identified'; readonly peer: NodeId; readonly handshake: ResponderHandshake }
  | { readonly kind: 'open'; readonly peer: NodeId; readonly ciphers: Ciphers; readonly proven: boolean }
  | { readonly kind: 'closed' }

export class SpSession implements Session {
  readonly #options: SessionOptions
  readonly #limits: SessionLimits
  readonly #keys: NoiseKeys
  readonly #envelopes = new EnvelopeReader()
  #ours: OurOffers
  #theirs: TheirOffers
  #phase: Phase = { kind: 'new' }
  /** INFOs that found no place in our handshake message, or came before it was through. */
  #laterOffers: SessionOffer[] = []
  #startedAt: number | undefined
  #receivedAt = 0
  #sentAt = 0

  constructor(options: SessionOptions) {
    const { suite, random, identity } = options
    if (options.peer?.noiseKey === null) throw new RangeError('a node without noise key cannot be called')
    if ((options.peer === undefined) === (options.peerOf === undefined)) {
      throw new RangeError('a session has either a peer to call or a peerOf to answer')
    }
    this.#options = options
    this.#limits = sessionLimits(options.limits)
    this.#keys = { suite, random, privateKey: identity.noisePrivateKey, publicKey: identity.noiseKey }
    this.#ours = new OurOffers(this.#limits.offersMax)
    this.#theirs = new TheirOffers(this.#limits.offersMax)
  }

  get nextWakeAt(): number | null {
    if (this.#phase.kind === 'closed') return null
    if (this.#startedAt === undefined) return 0
    if (this.#phase.kind !== 'open') return this.#startedAt + this.#limits.handshakeMsMax
    return Math.min(this.#receivedAt + this.#limits.silenceMsMax, this.#sentAt + this.#limits.pingAfterMs)
  }

  receive(chunk: Uint8Array, now: number): SessionEvent[] {
    this.#start(now)
    if (chunk.length > 0) this.#receivedAt = now
    const events: SessionEvent[] = []
    try {
      let at = 0
      while (at < chunk.length && this.#phase.kind !== 'closed') {
        const { usedBytes, message } = this.#envelopes.take(chunk.subarray(at), this.#messageBytesMax())
        at += usedBytes
        if (message !== undefined) this.#message(message, events, now)
      }
    } catch (error) {
      const { code, reason } = faultOf(error)
      this.#close(code, reason, events)
    }
    return events
  }

  command(command: SessionCommand | readonly SessionCommand[], now: number): SessionEvent[] {
    this.#start(now)
    const events: SessionEvent[] = []
    const packets: SpPacket[] = []
    const commands = 'kind' in command ? [command] : command
    for (const each of commands) {
      if (this.#phase.kind === 'closed') break
      if (each.kind === 'begin') this.#begin(each.offers, events, now)
      else if (each.kind === 'answer') this.#answer(each.offers, events, now)
      else packets.push(...this.#packetsOf(each))
    }
    this.#send(packets, events, now)
    return events
  }

  wake(now: number): SessionEvent[] {
    this.#start(now)
    const events: SessionEvent[] = []
    if (this.#phase.kind === 'closed') return events
    if (this.#phase.kind !== 'open') {
      const late = now - (this.#startedAt ?? now) >= this.#limits.handshakeMsMax
      if (late) this.#close('handshake-timeout', 'the handshake takes too long', events)
    } else if (now - this.#receivedAt >= this.#limits.silenceMsMax) {
      this.#close('silence', 'nothing was received for too long', events)
    } else if (now - this.#sentAt >= this.#limits.pingAfterMs) {
      this.#send([{ kind: 'ping' }], events, now)
    }
    return events
  }

  #start(now: number): void {
    if (this.#startedAt !== undefined) return
    this.#startedAt = now
    this.#receivedAt = now
    this.#sentAt = now
  }

  #messageBytesMax(): number {
    const { kind } = this.#phase
    if (kind === 'open') return transportMessageBytesMax
    if (kind === 'called' || (kind === 'new' && this.#options.peer === undefined)) return handshakeMessageBytesMax
    throw new SessionFault('out-of-turn', 'bytes before it is the other side that speaks')
  }

  #begin(offers: readonly SessionOffer[], events: SessionEvent[], now: number): void {
    const peer = this.#options.peer
    if (peer?.noiseKey == null || this.#phase.kind !== 'new') throw new RangeError('only a new initiator begins')
    const payload = this.#handshakePayload(offers)
    const handshake = initiate(this.#keys, prologue, peer.noiseKey, payload)
    if (handshake === undefined) {
      this.#close('bad-key', 'the noise key of the called node is none', events)
      return
    }
    this.#phase = { kind: 'called', peer: peer.id, handshake }
    this.#emit(encodeEnvelope(handshake.message), events, now)
  }

  #answer(offers: readonly SessionOffer[], events: SessionEvent[], now: number): void {
    if (this.#phase.kind !== 'identified') throw new RangeError('nobody is there to be answered')
    const { peer, handshake } = this.#phase
    const { message, ciphers } = handshake.answer(this.#handshakePayload(offers))
    this.#phase = { kind: 'open', peer, ciphers, proven: false }
    this.#emit(encodeEnvelope(message), events, now)
    this.#send([], events, now)
    try {
      for (const packet of decodePackets(handshake.payload)) this.#firstPacket(packet, events)
    } catch (error) {
      const { code, reason } = faultOf(error)
      this.#close(code, reason, events)
    }
  }

  #message(message: Uint8Array, events: SessionEvent[], now: number): void {
    if (this.#phase.kind === 'new') this.#call(message, events)
    else if (this.#phase.kind === 'called') this.#connect(this.#phase, message, events, now)
    else if (this.#phase.kind === 'open') this.#transport(this.#phase, message, events)
  }

  #call(message: Uint8Array, events: SessionEvent[]): void {
    const handshake = respond(this.#keys, prologue, message)
    if (handshake === undefined) throw new SessionFault('bad-handshake', 'the first message was not made for us')
    const peer: PublicIdentity | undefined = this.#options.peerOf?.(handshake.remoteKey)
    if (peer === undefined) throw new SessionFault('unknown-peer', 'the caller is not known')
    this.#phase = { kind: 'identified', peer: peer.id, handshake }
    events.push({ kind: 'identified', peer: peer.id })
  }

  #connect(phase: Phase & { kind: 'called' }, message: Uint8Array, events: SessionEvent[], now: number): void {
    const answer = phase.handshake.readAnswer(message)
    if (answer === undefined) throw new SessionFault('bad-handshake', 'the answer is not by the called node')
    this.#phase = { kind: 'open', peer: phase.peer, ciphers: answer.ciphers, proven: true }
    events.push({ kind: 'connected', peer: phase.peer })
    // Proves to the responder at once that we are no replay, even if there is nothing to say.
    this.#send(this.#laterOffers.length === 0 ? [{ kind: 'ping' }] : [], events, now)
    for (const packet of decodePackets(answer.payload)) if (packet.kind !== 'halt') this.#packet(packet, events)
  }

  #transport(phase: Phase & { kind: 'open' }, message: Uint8Array, events: SessionEvent[]): void {
    const payload = phase.ciphers.incoming.open(nothing, message)
    if (payload === undefined) throw new SessionFault('bad-seal', 'a message does not open')
    if (!phase.proven) {
      this.#phase = { ...phase, proven: true }
      events.push({ kind: 'connected', peer: phase.peer })
    }
    const packets = this.#options.pushes === true ? decodePacketsAndPushes(payload) : decodePackets(payload)
    for (const packet of packets) this.#packet(packet, events)
  }

  /** The initiator's first message may be a replay: it may offer, and nothing else. */
  #firstPacket(packet: SpPacket, events: SessionEvent[]): void {
    if (packet.kind === 'info') this.#packet(packet, events)
    else if (packet.kind !== 'halt' && packet.kind !== 'ping') {
      throw new SessionFault('out-of-turn', `${packet.kind} in the first message`)
    }
  }

  #packet(packet: SpPacket, events: SessionEvent[]): void {
    switch (packet.kind) {
      case 'info':
        // We open no packet of niceness 0, but one such must not stop the others.
        if (packet.offer.niceness > 0 && this.#theirs.add(packet.offer))
          events.push({ kind: 'offered', offer: packet.offer })
        return
      case 'freq': {
        const { id, offsetBytes } = packet
        if (this.#ours.request(id, offsetBytes)) events.push({ kind: 'requested', id, offsetBytes })
        return
      }
      case 'file':
        this.#file(packet.id, packet.offsetBytes, packet.bytes, events)
        return
      case 'push': {
        const { offer, bytes } = packet
        if (offer.niceness === 0) return
        if (this.#theirs.push(offer)) events.push({ kind: 'pushed', offer, bytes })
        else this.#file(offer.id, 0, bytes, events)
        return
      }
      case 'done':
        if (this.#ours.finish(packet.id)) events.push({ kind: 'finished', id: packet.id })
        return
      case 'halt':
        this.#ours.halt()
        events.push({ kind: 'halted' })
        return
      case 'ping':
        events.push({ kind: 'pinged' })
    }
  }

  #file(id: PacketId, offsetBytes: number, bytes: Uint8Array, events: SessionEvent[]): void {
    const taken = this.#theirs.take(id, offsetBytes, bytes)
    if (taken !== undefined) events.push({ kind: 'chunk', id, ...taken })
  }

  /** Checks a command and notes what it changes. */
  #packetsOf(command: Exclude<SessionCommand, { kind: 'begin' | 'answer' }>): SpPacket[] {
    if (command.kind === 'offer') {
      for (const offer of command.offers) if (this.#ours.add(offer)) this.#laterOffers.push(offer)
      return []
    }
    if (this.#phase.kind !== 'open') throw new RangeError(`${command.kind} before the handshake`)
    switch (command.kind) {
      case 'push':
        return this.#push(command)
      case 'request':
        this.#theirs.request(command.id, command.offsetBytes)
        return [{ kind: 'freq', id: command.id, offsetBytes: command.offsetBytes }]
      case 'chunk':
        return this.#ours.send(command.id, command.offsetBytes, command.bytes.length) ? files(command) : []
      case 'finish':
        this.#theirs.finish(command.id)
        return [{ kind: 'done', id: command.id }]
      case 'halt':
        this.#theirs.halt()
        return [{ kind: 'halt' }]
    }
  }

  #push({ offer, bytes }: Extract<SessionCommand, { kind: 'push' }>): SpPacket[] {
    if (bytes.length !== offer.sizeBytes || bytes.length > pushBytesMax) {
      throw new RangeError(`a push of other than all bytes, or of more than ${pushBytesMax}`)
    }
    return this.#ours.add(offer) ? [{ kind: 'push', offer, bytes }] : []
  }

  /** As many offers as fit; the others wait. */
  #handshakePayload(offers: readonly SessionOffer[]): Uint8Array {
    for (const offer of offers) if (this.#ours.add(offer)) this.#laterOffers.push(offer)
    const now = this.#laterOffers.slice(0, offersPerPayload)
    this.#laterOffers = this.#laterOffers.slice(offersPerPayload)
    return padded(packed(infos(now))[0]?.pieces ?? [])
  }

  /** Offers that wait go first: a large file must not delay the news of a small one. */
  #send(packets: readonly SpPacket[], events: SessionEvent[], now: number): void {
    if (this.#phase.kind !== 'open') return
    const offers = this.#laterOffers
    this.#laterOffers = []
    for (const { pieces, sizeBytes } of packed([...infos(offers), ...packets.map(encodeInPieces)])) {
      const place = emptyEnvelope(sizeBytes + transportOverheadBytes)
      this.#phase.ciphers.outgoing.sealInto(place, pieces)
      this.#emit(place.target, events, now)
    }
  }

  #emit(bytes: Uint8Array, events: SessionEvent[], now: number): void {
    this.#sentAt = now
    events.push({ kind: 'send', bytes })
  }

  #close(code: SessionCloseCode, reason: string, events: SessionEvent[]): void {
    this.#phase = { kind: 'closed' }
    this.#laterOffers = []
    this.#ours = new OurOffers(this.#limits.offersMax)
    this.#theirs = new TheirOffers(this.#limits.offersMax)
    events.push({ kind: 'closed', code, reason })
  }
}

function infos(offers: readonly SessionOffer[]): Uint8Array[][] {
  return offers.map(offer => [encodePacket({ kind: 'info', offer })])
}

/** A chunk in as many FILEs as it takes; an empty one is a FILE too. */
function files({ id, offsetBytes, bytes }: Extract<SessionCommand, { kind: 'chunk' }>): SpPacket[] {
  const packets: SpPacket[] = []
  for (let at = 0; at === 0 || at < bytes.length; at += chunkBytesMax) {
    packets.push({ kind: 'file', id, offsetBytes: offsetBytes + at, bytes: bytes.subarray(at, at + chunkBytesMax) })
  }
  return packets
}
