/** What is for us: from the medium into the inbox, then off the medium. */
import { type EncryptedHeader, encryptedHeaderBytes, type NodeId } from '@posthorn/nncp'
import type { IncomingParcel } from '../../links/transport.ts'
import type { Staged } from '../../stores/spool/spool.ts'
import { concernsOneFile, type Exchange, type Intake, throwIfAborted } from './exchange.ts'
import { headerOf } from './header.ts'
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
    await take(exchange, parcel, { room, met })
  }
}

/**
 * Takes in what a stream holds, in its order: what was passed over does not come again. So when the inbox is full it is
 * waited for, once in vain. Throws what `takeIn` does, and errors of the stream.
 */
export async function takeInStream(intake: Intake, parcels: AsyncIterable<IncomingParcel>): Promise<void> {
  const { limits } = intake
  const met = new Set<NodeId>()
  let room = await Room.now(intake)
  let inVain = false
  for await (const parcel of parcels) {
    if (!room.has(parcel.sizeBytes) && parcel.sizeBytes <= limits.packetBytesMax) {
      if (!inVain) await waitUntilOpened(intake)
      room = await Room.now(intake)
      inVain = !room.has(parcel.sizeBytes)
    }
    await take(intake, parcel, { room, met })
  }
  await waitUntilOpened(intake)
}

async function take(
  intake: Intake,
  parcel: IncomingParcel,
  { room, met }: { readonly room: Room; readonly met: Set<NodeId> },
): Promise<void> {
  const { options, signal } = intake
  throwIfAborted(signal)
  if (!(await consider(intake, parcel, room)) || met.has(parcel.sender)) return
  met.add(parcel.sender)
  await options.directory.neighbours.contacted(parcel.sender, options.clock.now())
  options.met?.(parcel.sender)
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
async function consider(intake: Intake, parcel: IncomingParcel, room: Room): Promise<boolean> {
  const { options, limits, memory, tally } = intake
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
    return left(intake, parcel, 'unknownSender')
  await intake.roads?.came(parcel.sender, intake.folder.name)
  if ((await options.spool.inbox.seen(parcel.id)) !== undefined) return cameAgain(intake, parcel)
  if (parcel.sizeBytes > limits.packetBytesMax) return left(intake, parcel, 'tooLarge')
  if (!room.has(parcel.sizeBytes)) return left(intake, parcel, 'noRoom')
  try {
    return await keep(intake, parcel, room)
  } catch (error) {
    if (!concernsOneFile(error)) throw error
    intake.log.info('a packet could not be read; it stays on the medium', {
      packetId: parcel.id,
      code: error.code,
      reason: error.message,
    })
    return left(intake, parcel, error.code === 'too-large' ? 'tooLarge' : 'unfinished')
  }
}

async function cameAgain(intake: Intake, parcel: IncomingParcel): Promise<boolean> {
  intake.log.debug('a packet came again', { packetId: parcel.id })
  intake.tally.duplicates += 1
  await intake.options.onDuplicate(parcel.id, parcel.sender)
  await takeOff(intake, parcel)
  return true
}

async function keep(intake: Intake, parcel: IncomingParcel, room: Room): Promise<boolean> {
  const { options, limits, folder, signal, memory, tally } = intake
  const { first, all, close } = await peek(counted(intake, parcel), encryptedHeaderBytes)
  let staged: Staged | undefined
  try {
    const header = headerOf(first, options.self)
    if (typeof header === 'string') return await isBad(intake, parcel, header, header)
    const known = await isKnown(intake, parcel, header)
    if (!known && memory.strangers.get(parcel.id) === parcel.sizeBytes) return left(intake, parcel, 'unknownSender')
    staged = await options.spool.stage(all, { signal, sizeBytesMax: limits.packetBytesMax })
    if (staged.id !== parcel.id) return await isBad(intake, parcel, 'its content is not its hash', staged.id)
    if (!known) {
      memory.strangers.set(parcel.id, parcel.sizeBytes)
      return left(intake, parcel, 'unknownSender')
    }
    const { sender, niceness } = header
    const sizeBytes = staged.sizeBytes
    const at = options.clock.now()
    const inbound = { staged, sender, handedBy: parcel.sender, niceness, source: folder.name, at }
    const outcome = await options.spool.inbox.commit(inbound)
    if (outcome === 'duplicate') return await cameAgain(intake, parcel)
    tally.add(tally.taken, sizeBytes)
    room.use(sizeBytes)
    intake.log.info('a packet was taken in', { packetId: parcel.id, sender, sizeBytes })
    options.arrived()
    await takeOff(intake, parcel)
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
async function isKnown(intake: Intake, parcel: IncomingParcel, header: EncryptedHeader): Promise<boolean> {
  if (header.sender === parcel.sender) return true
  return (await intake.options.directory.neighbours.get(header.sender)) !== undefined
}

function left(intake: Intake, parcel: IncomingParcel, reason: keyof Intake['tally']['left']): false {
  intake.log.debug('a packet stays on the medium', { packetId: parcel.id, sender: parcel.sender, reason })
  intake.tally.left[reason] += 1
  return false
}

async function isBad(intake: Intake, parcel: IncomingParcel, reason: string, content: string): Promise<false> {
  const { options, folder, memory, tally, automatic } = intake
  const { id: name, sizeBytes } = parcel
  const at = options.clock.now()
  if (automatic && !memory.isBadForGood(name, `${sizeBytes} ${content}`, at)) return left(intake, parcel, 'unfinished')
  await options.spool.quarantine.note({ name, reason, source: folder.name, sizeBytes, at })
  tally.bad({ name, reason })
  intake.log.warn('a file is not the packet it says; it is set aside', { packetId: name, reason, sizeBytes })
  try {
    await parcel.settle({ kind: 'bad', reason })
  } catch (error) {
    if (!concernsOneFile(error)) throw error
    memory.unsettled.set(name, { kind: 'bad', reason, sizeBytes })
  }
  return false
}

async function takeOff(intake: Intake, parcel: IncomingParcel): Promise<void> {
  try {
    await parcel.settle({ kind: 'taken' })
  } catch (error) {
    if (!concernsOneFile(error)) throw error
    intake.memory.unsettled.set(parcel.id, { kind: 'taken' })
    intake.log.debug('a packet was taken but cannot be removed', { packetId: parcel.id, code: error.code })
  }
}

async function* counted(intake: Intake, parcel: IncomingParcel): AsyncGenerator<Uint8Array> {
  const { tally, onProgress } = intake
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
async function waitUntilOpened(intake: Intake): Promise<void> {
  const { options, limits, tally, signal, onProgress } = intake
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

  static async now({ options, limits }: Intake): Promise<Room> {
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
