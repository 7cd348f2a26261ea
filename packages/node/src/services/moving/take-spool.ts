/**
 * Takes over what lies in NNCP's spool.
 *
 * It promises: each packet is hashed on its way in and committed before its original may go; what is here already, or
 * was and has left since, is passed over, so that a move which was cut off is simply done again; what is not what its
 * name says is noted and stays where it is. It fails when a store or the medium does: what was committed stays.
 */
import {
  type EncryptedHeader,
  encryptedHeaderBytes,
  FormatError,
  type NodeId,
  type PacketId,
  readEncryptedHeader,
} from '@posthorn/nncp'
import { abortError } from '../../base/clock.ts'
import { messageOf, OperatingError } from '../../base/errors.ts'
import type { HeardMark, NncpSpool, SpooledPacket } from '../../links/nncp-spool/index.ts'
import type { Spool, Staged } from '../../stores/spool/spool.ts'
import { atOnce } from './at-once.ts'
import { movingLimits } from './limits.ts'
import { type LeftReason, type SpoolTaken, TakenTally } from './report.ts'

export interface TakeSpoolOptions {
  readonly self: NodeId
  readonly from: NncpSpool
  readonly spool: Spool
  readonly isNeighbour: (id: NodeId) => Promise<boolean>
  /** Without people here letters would be returned to their senders: what came in then waits where it is. */
  readonly hasUsers: boolean
  /** Originals go when they are here. */
  readonly remove: boolean
  /** Nothing is written; files are not read. */
  readonly dryRun: boolean
  readonly packetBytesMax: number
  readonly now: () => number
  readonly freeBytes?: () => Promise<number>
  readonly signal: AbortSignal
  readonly onProgress?: (progress: { packets: number; bytes: number; bytesTotal: number }) => void
}

export async function takeSpool(options: TakeSpoolOptions): Promise<SpoolTaken> {
  const nodes = await options.from.nodes()
  return new Taking(options, await sizeOf(options, nodes)).run(nodes)
}

/** How much there is, for the progress. */
async function sizeOf({ from, signal }: TakeSpoolOptions, nodes: readonly NodeId[]): Promise<number> {
  let bytes = 0
  for (const node of nodes) {
    for (const room of ['rx', 'tx'] as const) {
      for await (const { sizeBytes } of from.packets(node, room)) {
        if (signal.aborted) throw abortError(signal)
        bytes += sizeBytes
      }
    }
  }
  return bytes
}

class Taking {
  readonly #options: TakeSpoolOptions
  readonly #bytesTotal: number
  readonly #tally = new TakenTally()
  readonly #known = new Map<NodeId, Promise<boolean>>()
  #untilLook = 0
  readonly #told = { packets: 0, bytes: 0 }

  constructor(options: TakeSpoolOptions, bytesTotal: number) {
    this.#options = options
    this.#bytesTotal = bytesTotal
  }

  async run(nodes: readonly NodeId[]): Promise<SpoolTaken> {
    await this.#takeHeard()
    for (const node of nodes) {
      // What was dealt with comes first, so that nothing of it is taken for new.
      await this.#takeSeen(node)
      for (const room of ['rx', 'tx'] as const) {
        const packets = this.#options.from.packets(node, room)
        const bounds = { ...movingLimits.atOnce, sizeOf: ({ sizeBytes }: SpooledPacket) => sizeBytes }
        await atOnce(packets, bounds, packet => this.#consider(packet))
      }
    }
    return this.#tally.report()
  }

  async #takeSeen(node: NodeId): Promise<void> {
    let ids: PacketId[] = []
    const take = async () => {
      const { spool, from, remove, dryRun, now } = this.#options
      if (dryRun) this.#tally.seen += ids.length
      else
        this.#tally.seen += await spool.moving.remember(
          ids.map(id => ({ id, sender: node })),
          now(),
        )
      if (remove && !dryRun) for (const id of ids) await from.forgetSeen(node, id)
      ids = []
    }
    for await (const id of this.#options.from.seen(node)) {
      this.#throwIfAborted()
      ids.push(id)
      if (ids.length === movingLimits.pageSize) await take()
    }
    if (ids.length > 0) await take()
  }

  /** Messages of areas come again by other roads, in other packets; these must not count twice. */
  async #takeHeard(): Promise<void> {
    const { from, spool, self, remove, dryRun } = this.#options
    let marks: HeardMark[] = []
    const take = async () => {
      await Promise.all(
        marks.map(async ({ id }) => {
          if ((await spool.inbox.heard(id)) !== undefined) return
          this.#tally.heard += 1
          if (!dryRun) await spool.outbox.commit([], { id, passedOn: true, actedOn: true, heldBy: null })
        }),
      )
      if (remove && !dryRun) for (const mark of marks) await from.forgetHeard(self, mark)
      marks = []
    }
    for await (const mark of from.heard(self)) {
      this.#throwIfAborted()
      marks.push(mark)
      if (marks.length === movingLimits.pageSize) await take()
    }
    await take()
  }

  async #consider(packet: SpooledPacket): Promise<void> {
    this.#throwIfAborted()
    const reason = await this.#reasonToLeave(packet)
    if (reason !== undefined) this.#tally.left[reason] += 1
    else if (await this.#isHere(packet)) await this.#hasIt(packet)
    else if (this.#options.dryRun) this.#count(packet)
    else await this.#take(packet)
    this.#passed(packet)
  }

  async #reasonToLeave({ neighbour, room, kind, sizeBytes }: SpooledPacket): Promise<LeftReason | undefined> {
    const { self, hasUsers, packetBytesMax } = this.#options
    if (neighbour === self) return 'ownPacket'
    if (!(await this.#isKnown(neighbour))) return 'unknownNeighbour'
    if (sizeBytes > packetBytesMax) return 'tooLarge'
    return room === 'rx' && kind !== 'part' && !hasUsers ? 'noUsers' : undefined
  }

  async #isHere({ id, room }: SpooledPacket): Promise<boolean> {
    const { inbox, moving } = this.#options.spool
    return room === 'tx' ? moving.isTakenOver(id) : (await inbox.seen(id)) !== undefined
  }

  async #take(packet: SpooledPacket): Promise<void> {
    try {
      await this.#makeSureOfRoom(packet)
      if (packet.kind === 'part') return await this.#takeBeginning(packet)
      await this.#takeWhole(packet)
    } catch (error) {
      if (!(error instanceof OperatingError && error.code === 'changed-while-read')) throw error
      await this.#isBad(packet, error.message)
    }
  }

  async #takeWhole(packet: SpooledPacket): Promise<void> {
    const { spool, signal, packetBytesMax } = this.#options
    const staged = await spool.stage(packet.read(signal), { signal, sizeBytesMax: packetBytesMax })
    try {
      if (staged.id !== packet.id) return await this.#isBad(packet, 'its content is not its hash')
      const header = await this.#header(packet, staged)
      if (typeof header === 'string') return await this.#isBad(packet, header)
      if (packet.room === 'rx' && !(await this.#isKnown(header.sender))) {
        this.#tally.left.unknownSender += 1
        return
      }
      const outcome = await (packet.room === 'tx'
        ? this.#send(packet, header, staged)
        : this.#open(packet, header, staged))
      if (outcome === 'duplicate') return await this.#hasIt(packet)
      this.#count(packet)
      await this.#removeOriginal(packet)
    } finally {
      await staged.discard()
    }
  }

  /** The header of the bytes that are kept, or why they are no packet that belongs here. */
  async #header(packet: SpooledPacket, staged: Staged): Promise<EncryptedHeader | string> {
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of staged.read()) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes >= encryptedHeaderBytes) break
    }
    try {
      const header = readEncryptedHeader(Buffer.concat(chunks))
      const recipient = packet.room === 'tx' ? packet.neighbour : this.#options.self
      return header.recipient === recipient ? header : 'it is sealed for another node'
    } catch (error) {
      if (error instanceof FormatError) return `it is no NNCP packet: ${messageOf(error)}`
      throw error
    }
  }

  /** A packet that another node sealed was passed on by NNCP, and is passed on from here. */
  #send(
    { neighbour }: SpooledPacket,
    { sender, niceness }: EncryptedHeader,
    staged: Staged,
  ): Promise<'new' | 'duplicate'> {
    const { self, spool, now } = this.#options
    const kind = sender === self ? 'letter' : 'relayed'
    const route = { nextHop: neighbour, destination: neighbour, niceness, kind } as const
    return spool.moving.takeOver({ staged, ...route, messageId: null, acknowledges: null, at: now() })
  }

  #open(
    { neighbour }: SpooledPacket,
    { sender, niceness }: EncryptedHeader,
    staged: Staged,
  ): Promise<'new' | 'duplicate'> {
    const { spool, from, now } = this.#options
    return spool.inbox.commit({ staged, sender, handedBy: neighbour, niceness, source: from.path, at: now() })
  }

  async #takeBeginning(packet: SpooledPacket): Promise<void> {
    const partial = await this.#options.spool.partials.open(packet.id, Number.MAX_SAFE_INTEGER)
    if (partial === undefined) return
    // What came over a line since goes further than what NNCP had, or is as good.
    if (partial.offsetBytes > 0) {
      await partial.keep()
      return this.#hasIt(packet)
    }
    try {
      for await (const chunk of packet.read(this.#options.signal)) await partial.append(chunk)
    } catch (error) {
      await partial.discard()
      throw error
    }
    await partial.keep()
    this.#count(packet)
    await this.#removeOriginal(packet)
  }

  async #isBad(packet: SpooledPacket, reason: string): Promise<void> {
    const { id: name, path: source, sizeBytes } = packet
    const { spool, now } = this.#options
    await spool.quarantine.note({ name, reason, source, sizeBytes, at: now() })
    if (this.#tally.bad.length < movingLimits.badReportedMax) this.#tally.bad.push({ name, reason })
  }

  async #hasIt(packet: SpooledPacket): Promise<void> {
    this.#tally.present += 1
    await this.#removeOriginal(packet)
  }

  async #removeOriginal(packet: SpooledPacket): Promise<void> {
    const { remove, dryRun } = this.#options
    if (!remove || dryRun) return
    await packet.remove()
    this.#tally.removed += 1
  }

  #count({ room, kind, sizeBytes }: SpooledPacket): void {
    const amount = kind === 'part' ? this.#tally.begun : room === 'tx' ? this.#tally.outgoing : this.#tally.incoming
    amount.packets += 1
    amount.bytes += sizeBytes
  }

  #isKnown(id: NodeId): Promise<boolean> {
    const known = this.#known.get(id) ?? this.#options.isNeighbour(id)
    this.#known.set(id, known)
    return known
  }

  /** @throws OperatingError `disk-full` while there is still some room for what runs beside this. */
  async #makeSureOfRoom({ sizeBytes }: SpooledPacket): Promise<void> {
    this.#untilLook -= 1
    if (this.#untilLook > 0 && sizeBytes < movingLimits.freeLookedAtBytes) return
    this.#untilLook = movingLimits.freeLookedAtEvery
    const free = (await this.#options.freeBytes?.()) ?? Number.POSITIVE_INFINITY
    if (free - sizeBytes >= movingLimits.freeBytesMin) return
    const message = 'The disk is nearly full: make room, then go on with the same command. What was taken over is kept.'
    throw new OperatingError(message, { code: 'disk-full', retry: 'later' })
  }

  #passed({ sizeBytes }: SpooledPacket): void {
    const { passed } = this.#tally
    passed.packets += 1
    passed.bytes += sizeBytes
    const { progressEveryPackets, progressEveryBytes } = movingLimits
    const few = passed.packets - this.#told.packets < progressEveryPackets
    if (few && passed.bytes - this.#told.bytes < progressEveryBytes) return
    Object.assign(this.#told, passed)
    this.#options.onProgress?.({ ...passed, bytesTotal: this.#bytesTotal })
  }

  #throwIfAborted(): void {
    if (this.#options.signal.aborted) throw abortError(this.#options.signal)
  }
}
