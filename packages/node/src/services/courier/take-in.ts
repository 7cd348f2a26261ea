/** What is for us: from the medium into the inbox, then off the medium. */
import {
  type EncryptedHeader,
  encryptedHeaderBytes,
  FormatError,
  type NodeId,
  readEncryptedHeader,
} from '@posthorn/nncp'
import { messageOf } from '../../base/errors.ts'
import type { IncomingParcel } from '../../links/transport.ts'
import type { Staged } from '../../stores/spool/spool.ts'
import { concernsOneFile, type Exchange, throwIfAborted } from './exchange.ts'
import { peek } from './peek.ts'
import { linkedSignal } from './signals.ts'

/**
 * Takes in until nothing more can be: when the inbox is full it waits until that is opened and looks again. Throws when
 * the medium is gone or the spool cannot keep anything; what was committed by then is taken.
 */
export async function takeIn(exchange: Exchange): Promise<void> {
  const { tally } = exchange
  for (;;) {
    const takenBefore = tally.taken.packets
    tally.lookAgain()
    await takeInOnce(exchange)
    await waitUntilOpened(exchange)
    if (tally.left.noRoom === 0 || tally.taken.packets === takenBefore) return
  }
}

async function takeInOnce(exchange: Exchange): Promise<void> {
  const { options, transport, at, signal, limits } = exchange
  const room = await Room.now(exchange)
  const met = new Set<NodeId>()
  for await (const parcel of smallFirst(transport.collect(options.self, at, { signal }), limits.sortedAtOnceMax)) {
    throwIfAborted(signal)
    if (!(await consider(exchange, parcel, room)) || met.has(parcel.sender)) continue
    met.add(parcel.sender)
    await options.directory.neighbours.contacted(parcel.sender, options.clock.now())
  }
}

/**
 * A medium lists its files in no order. Small ones come first, a stretch at a time: texts do not wait for pictures, and
 * Delta Chat's short first half of a message comes before the long second one, which else makes it drop the text.
 */
async function* smallFirst(parcels: AsyncIterable<IncomingParcel>, countMax: number): AsyncGenerator<IncomingParcel> {
  let stretch: IncomingParcel[] = []
  const sorted = () => stretch.sort((a, b) => a.sizeBytes - b.sizeBytes)
  for await (const parcel of parcels) {
    stretch.push(parcel)
    if (stretch.length < countMax) continue
    yield* sorted()
    stretch = []
  }
  yield* sorted()
}

/** Whether the packet is here, now or from before. */
async function consider(exchange: Exchange, parcel: IncomingParcel, room: Room): Promise<boolean> {
  const { options, limits, memory, tally } = exchange
  const unsettled = memory.unsettled.get(parcel.id)
  if (unsettled?.kind === 'taken') {
    tally.duplicates += 1
    return false
  }
  if (unsettled?.kind === 'bad' && unsettled.sizeBytes === parcel.sizeBytes) {
    tally.bad({ name: parcel.id, reason: unsettled.reason })
    return false
  }
  if ((await options.directory.neighbours.get(parcel.sender)) === undefined)
    return left(exchange, parcel, 'unknownSender')
  if ((await options.spool.inbox.seen(parcel.id)) !== undefined) return cameAgain(exchange, parcel)
  if (parcel.sizeBytes > limits.packetBytesMax) return left(exchange, parcel, 'tooLarge')
  if (!room.has(parcel.sizeBytes)) return left(exchange, parcel, 'noRoom')
  try {
    return await keep(exchange, parcel, room)
  } catch (error) {
    if (!concernsOneFile(error)) throw error
    exchange.log.info('a packet could not be read; it stays on the medium', {
      packetId: parcel.id,
      code: error.code,
      reason: error.message,
    })
    return left(exchange, parcel, error.code === 'too-large' ? 'tooLarge' : 'unfinished')
  }
}

async function cameAgain(exchange: Exchange, parcel: IncomingParcel): Promise<boolean> {
  exchange.log.debug('a packet came again', { packetId: parcel.id })
  exchange.tally.duplicates += 1
  await exchange.options.onDuplicate(parcel.id)
  await takeOff(exchange, parcel)
  return true
}

async function keep(exchange: Exchange, parcel: IncomingParcel, room: Room): Promise<boolean> {
  const { options, limits, folder, signal, tally } = exchange
  const { first, all, close } = await peek(counted(exchange, parcel), encryptedHeaderBytes)
  let staged: Staged | undefined
  try {
    const header = headerOf(first, options.self)
    if (typeof header === 'string') return await isBad(exchange, parcel, header, header)
    if (!(await isKnown(exchange, parcel, header))) return left(exchange, parcel, 'unknownSender')
    staged = await options.spool.stage(all, { signal, sizeBytesMax: limits.packetBytesMax })
    if (staged.id !== parcel.id) return await isBad(exchange, parcel, 'its content is not its hash', staged.id)
    const { sender, niceness } = header
    const sizeBytes = staged.sizeBytes
    const at = options.clock.now()
    const outcome = await options.spool.inbox.commit({ staged, sender, niceness, source: folder.name, at })
    if (outcome === 'duplicate') return await cameAgain(exchange, parcel)
    tally.add(tally.taken, sizeBytes)
    room.use(sizeBytes)
    exchange.log.info('a packet was taken in', { packetId: parcel.id, sender, sizeBytes })
    options.arrived()
    await takeOff(exchange, parcel)
    return true
  } finally {
    await close()
    await staged?.discard()
  }
}

/**
 * The header names who sealed the packet, the directory on the medium who brought it: a relay's packets lie under the
 * relay's name (as nncp-xfer puts them), so both must be known but need not be the same.
 */
async function isKnown(exchange: Exchange, parcel: IncomingParcel, header: EncryptedHeader): Promise<boolean> {
  if (header.sender === parcel.sender) return true
  return (await exchange.options.directory.neighbours.get(header.sender)) !== undefined
}

/** The header, or why the bytes are no packet for us. */
function headerOf(bytes: Uint8Array, self: NodeId): EncryptedHeader | string {
  try {
    const header = readEncryptedHeader(bytes)
    return header.recipient === self ? header : 'it is sealed for another node'
  } catch (error) {
    if (error instanceof FormatError) return `it is no NNCP packet: ${messageOf(error)}`
    throw error
  }
}

function left(exchange: Exchange, parcel: IncomingParcel, reason: keyof Exchange['tally']['left']): false {
  exchange.log.debug('a packet stays on the medium', { packetId: parcel.id, sender: parcel.sender, reason })
  exchange.tally.left[reason] += 1
  return false
}

async function isBad(exchange: Exchange, parcel: IncomingParcel, reason: string, content: string): Promise<false> {
  const { options, folder, memory, tally, automatic } = exchange
  const { id: name, sizeBytes } = parcel
  const at = options.clock.now()
  if (automatic && !memory.isBadForGood(name, `${sizeBytes} ${content}`, at))
    return left(exchange, parcel, 'unfinished')
  await options.spool.quarantine.note({ name, reason, source: folder.name, sizeBytes, at })
  tally.bad({ name, reason })
  exchange.log.warn('a file is not the packet it says; it is set aside', { packetId: name, reason, sizeBytes })
  try {
    await parcel.settle({ kind: 'bad', reason })
  } catch (error) {
    if (!concernsOneFile(error)) throw error
    memory.unsettled.set(name, { kind: 'bad', reason, sizeBytes })
  }
  return false
}

async function takeOff(exchange: Exchange, parcel: IncomingParcel): Promise<void> {
  try {
    await parcel.settle({ kind: 'taken' })
  } catch (error) {
    if (!concernsOneFile(error)) throw error
    exchange.memory.unsettled.set(parcel.id, { kind: 'taken' })
    exchange.log.debug('a packet was taken but cannot be removed', { packetId: parcel.id, code: error.code })
  }
}

async function* counted(exchange: Exchange, parcel: IncomingParcel): AsyncGenerator<Uint8Array> {
  const { tally, onProgress } = exchange
  let bytes = tally.taken.bytes
  const tell = () =>
    onProgress({ phase: 'taking-in', packets: tally.taken.packets, bytes, packetsTotal: null, bytesTotal: null })
  for await (const chunk of parcel.read()) {
    bytes += chunk.length
    tell()
    yield chunk
  }
}

/** Waits for the acks, but not for ever: they can take the next medium. */
async function waitUntilOpened(exchange: Exchange): Promise<void> {
  const { options, limits, tally, signal, onProgress } = exchange
  onProgress({ phase: 'opening', ...tally.taken, packetsTotal: tally.taken.packets, bytesTotal: tally.taken.bytes })
  const until = linkedSignal(signal)
  try {
    await Promise.race([options.settled(until.signal), options.clock.sleep(limits.settleMsMax, until.signal)])
  } finally {
    until.release()
    until.abort()
  }
  throwIfAborted(signal)
}

/** What may still be taken in. */
class Room {
  #bytes: number

  private constructor(bytes: number) {
    this.#bytes = bytes
  }

  static async now({ options, limits }: Exchange): Promise<Room> {
    const inInbox = await options.spool.inbox.summary()
    const onDisk = (await options.freeBytes?.()) ?? Number.POSITIVE_INFINITY
    return new Room(Math.min(limits.inboxBytesMax - inInbox.bytes, onDisk - limits.freeBytesMin))
  }

  has(sizeBytes: number): boolean {
    return sizeBytes <= this.#bytes
  }

  use(sizeBytes: number): void {
    this.#bytes -= sizeBytes
  }
}
