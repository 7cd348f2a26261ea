/**
 * The least host that a session needs, for tests: it offers packets from memory, requests what it wants, hashes what
 * comes, and says DONE. It drives the machine over any duplex stream and records its events.
 */
import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import {
  chunkBytesMax,
  mthHasher,
  type PacketId,
  type PrivateIdentity,
  type PublicIdentity,
  packetIdFromBytes,
  type Session,
  type SessionCommand,
  type SessionEvent,
  type SessionOffer,
  session,
} from '@posthorn/nncp'
import { pureSuite as suite } from '@posthorn/nncp/pure'

export interface HostOptions {
  readonly identity: PrivateIdentity
  /** Absent: this end answers. */
  readonly call?: PublicIdentity
  /** Who may call. */
  readonly peers?: readonly PublicIdentity[]
  /** Packets to be offered. */
  readonly outbox?: readonly Uint8Array[]
  readonly niceness?: number
  /** What came of packets before. */
  readonly parts?: ReadonlyMap<PacketId, Uint8Array>
  readonly wants?: (offer: SessionOffer) => boolean
}

export function packetIdOf(packet: Uint8Array): PacketId {
  const hasher = mthHasher(suite)
  hasher.update(packet)
  return packetIdFromBytes(hasher.digest())
}

export class Host {
  readonly events: SessionEvent[] = []
  /** Packets that came whole and whose hash is their id. */
  readonly received = new Map<PacketId, Uint8Array>()
  /** When the line is closed, by whomever. */
  readonly ended: Promise<void>
  readonly #line: Duplex
  readonly #machine: Session
  readonly #wants: (offer: SessionOffer) => boolean
  readonly #packets: ReadonlyMap<PacketId, Uint8Array>
  readonly #offers: readonly SessionOffer[]
  readonly #wanted = new Map<PacketId, SessionOffer>()
  readonly #parts: Map<PacketId, Uint8Array[]>
  readonly #checks = new Set<() => void>()
  #isOver = false

  constructor(line: Duplex, options: HostOptions) {
    const { outbox = [], niceness = 96, wants = () => true, parts = [] } = options
    this.#line = line
    this.#machine = machineOf(options)
    this.#wants = wants
    this.#packets = new Map(outbox.map(packet => [packetIdOf(packet), packet]))
    this.#offers = [...this.#packets].map(([id, packet]) => ({ id, sizeBytes: packet.length, niceness }))
    this.#parts = new Map([...parts].map(([id, part]) => [id, [part]]))
    this.ended = new Promise(resolve => {
      line.on('close', () => {
        this.#isOver = true
        this.#check()
        resolve()
      })
    })
    line.on('data', (chunk: Buffer) => this.#handle(this.#machine.receive(chunk, performance.now())))
    line.on('error', () => undefined)
    if (options.call !== undefined) this.#command([{ kind: 'begin', offers: this.#offers }])
  }

  /** When as many such events have come as are wanted; fails when the line ends before. */
  until(kind: SessionEvent['kind'], count = 1): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (this.events.filter(event => event.kind === kind).length >= count) resolve()
        else if (this.#isOver) reject(new Error(`the line ended after ${this.events.map(each => each.kind).join(' ')}`))
        else return
        this.#checks.delete(check)
      }
      this.#checks.add(check)
      check()
    })
  }

  hangUp(): void {
    this.#line.destroy()
  }

  #check(): void {
    for (const check of this.#checks) check()
  }

  #handle(batch: readonly SessionEvent[]): void {
    for (const event of batch) {
      this.events.push(event)
      if (event.kind === 'send') this.#line.write(event.bytes)
      else if (event.kind === 'closed') this.#line.destroy()
      else this.#command(this.#answersTo(event))
    }
    this.#check()
  }

  #command(commands: readonly SessionCommand[]): void {
    if (commands.length > 0) this.#handle(this.#machine.command(commands, performance.now()))
  }

  #answersTo(event: SessionEvent): SessionCommand[] {
    switch (event.kind) {
      case 'identified':
        return [{ kind: 'answer', offers: this.#offers }]
      case 'offered': {
        const { id } = event.offer
        if (!this.#wants(event.offer)) return []
        this.#wanted.set(id, event.offer)
        return [{ kind: 'request', id, offsetBytes: this.#parts.get(id)?.[0]?.length ?? 0 }]
      }
      case 'requested':
        return chunksOf(event.id, this.#packets.get(event.id) ?? new Uint8Array(0), event.offsetBytes)
      case 'chunk':
        return this.#take(event.id, event.bytes)
      default:
        return []
    }
  }

  #take(id: PacketId, bytes: Uint8Array): SessionCommand[] {
    const pieces = this.#parts.get(id) ?? []
    pieces.push(bytes)
    this.#parts.set(id, pieces)
    const sizeBytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
    if (sizeBytes !== this.#wanted.get(id)?.sizeBytes) return []
    const packet = new Uint8Array(Buffer.concat(pieces))
    if (packetIdOf(packet) !== id) throw new Error('a packet came altered')
    this.received.set(id, packet)
    return [{ kind: 'finish', id }]
  }
}

function machineOf({ identity, call, peers = [] }: HostOptions): Session {
  return session({
    suite,
    random: sizeBytes => new Uint8Array(randomBytes(sizeBytes)),
    identity,
    ...(call === undefined
      ? { peerOf: key => peers.find(({ noiseKey }) => noiseKey !== null && Buffer.from(key).equals(noiseKey)) }
      : { peer: call }),
  })
}

function chunksOf(id: PacketId, packet: Uint8Array, start: number): SessionCommand[] {
  const commands: SessionCommand[] = []
  let offsetBytes = start
  do {
    const bytes = packet.subarray(offsetBytes, offsetBytes + chunkBytesMax)
    commands.push({ kind: 'chunk', id, offsetBytes, bytes })
    offsetBytes += bytes.length
  } while (offsetBytes < packet.length)
  return commands
}
