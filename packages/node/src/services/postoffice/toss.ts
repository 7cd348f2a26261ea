/**
 * Tossing: an inbound packet is opened, proven and acted on.
 *
 * It promises: a packet leaves the inbox only in the same transaction that remembers it and queues its answers; what
 * cannot be opened or used is set aside with its reason; what fails for a passing reason is tried again, ever more
 * rarely. A toss that is cut off anywhere is simply done again.
 */
import {
  FormatError,
  type OpenedPacket,
  openPacket,
  type PlainHeader,
  type PrivateIdentity,
  parseChunkedName,
  parseExecPath,
  parsePacketPath,
  parseTextPath,
} from '@posthorn/nncp'
import { present } from '../../base/assert.ts'
import { isAbort, messageOf, OperatingError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { Mutex } from '../../base/mutex.ts'
import { zstdDecompress } from '../../base/zstd.ts'
import type { Directory, Neighbour } from '../../stores/directory/directory.ts'
import type { Body, InboundPacket, NewOutbound, Scratch, Spool } from '../../stores/spool/spool.ts'
import { Beginning } from './beginning.ts'
import { bodyInMemory } from './body.ts'
import { type ControlHandlers, controlHandle, handleControl, isUnawaitedControl } from './control/messages.ts'
import { type AreaContext, handleArea } from './handlers/area.ts'
import { type Deed, runForArea } from './handlers/area-exec.ts'
import { type ExecContext, handleExec } from './handlers/exec.ts'
import { type FileHandlerContext, handleFile } from './handlers/file.ts'
import { handleRequest } from './handlers/freq.ts'
import { handleMail, type IncomingLetter, type MailHandlerContext, refuseTooLarge } from './handlers/mail.ts'
import type { TossOutcome } from './handlers/outcome.ts'
import { handleRelay, holdsAck, type RelayContext } from './handlers/relay.ts'
import { bulkLanes, isBulkLane } from './lanes.ts'
import { nodeDomain } from './letter/address.ts'
import { headerBlockBytesMax } from './letter/header.ts'
import { postofficeLimits } from './limits.ts'
import type { DropContext } from './recall/drop.ts'
import { actUnlessDropped } from './recall/unless-dropped.ts'
import { mailHandle, sealAck } from './seal.ts'

export interface TossContext {
  readonly identity: PrivateIdentity
  readonly spool: Spool
  readonly directory: Directory
  readonly mail: MailHandlerContext
  readonly relay: RelayContext
  readonly files: FileHandlerContext
  readonly areas: AreaContext
  readonly exec: ExecContext
  readonly control: ControlHandlers
  readonly drops: DropContext
  readonly log: Log
  /** Largest letter taken in, unpacked. */
  readonly messageBytesMax: number
  readonly now: () => number
  readonly departed: () => void
}

/** Deals with one packet for good or for now. Rejects only when the spool itself fails or the signal fires. */
export async function toss(context: TossContext, packet: InboundPacket, signal: AbortSignal): Promise<void> {
  const log = context.log.with({ packetId: packet.id, sender: packet.sender })
  context.drops.atWork.add(packet.id)
  try {
    const body = await context.spool.inbox.open(packet.id)
    if (body === undefined) return
    const { opened, from } = await open(context, body)
    const work = await workOf(context, packet, opened, from)
    if (work.lane !== packet.lane) {
      await opened.close()
      return await context.spool.inbox.assign(packet.id, work.lane)
    }
    const outcome = await act(context, { packet, body, opened, from, work }, signal)
    if (outcome.kind === 'done') log.info('packet tossed', { type: opened.plain.type, ...outcome.fields })
    else if (outcome.kind === 'later') log.warn('packet tossed in part', { reason: outcome.reason, ...outcome.fields })
    else if (outcome.kind === 'set-aside') log.warn('packet set aside', { reason: outcome.reason, ...outcome.fields })
  } catch (error) {
    if (isAbort(error)) throw error
    await refuseOrRetry(context, packet, error, log)
  } finally {
    context.drops.atWork.delete(packet.id)
  }
}

interface Tossed {
  readonly packet: InboundPacket
  readonly opened: OpenedPacket
  readonly from: Neighbour
  readonly work: Work
}

async function act(context: TossContext, tossed: Tossed & { body: Body }, signal: AbortSignal): Promise<TossOutcome> {
  const { packet, body, from, opened } = tossed
  const { plain } = opened
  const inArea = plain.type === 'area' && !isBulkLane(packet.lane)
  const ran = inArea ? await runForArea(context, { packet, from, opened }, signal) : undefined
  const inTurn = async () => {
    const anew = inArea ? { ...tossed, ...(await open(context, body)) } : tossed
    const outcome = await actUnlessDropped(
      context.drops,
      anew,
      recipients => dispatch(context, { ...anew, ran, recipients }, signal),
      signal,
    )
    await conclude(context, { packet, from, outcome, plain }, signal)
    return outcome
  }
  try {
    return await (turnsFor(context, tossed)?.run(inTurn) ?? inTurn())
  } finally {
    for (const { staged } of ran?.outbound ?? []) await staged.discard()
  }
}

/** What must not be done side by side. */
function turnsFor(context: TossContext, { opened: { plain }, work }: Tossed): Mutex | undefined {
  // What was taken back while it is passed on would be passed on all the same.
  if (plain.type === 'trns' || work.control) return context.relay.turns
  return plain.type === 'area' ? context.areas.turns : undefined
}

async function open(context: TossContext, body: Body): Promise<{ opened: OpenedPacket; from: Neighbour }> {
  let from: Neighbour | undefined
  const opened = await openPacket({
    suite: context.mail.seal.suite,
    recipient: context.identity,
    senderOf: async id => {
      from = await context.directory.neighbours.get(id)
      return from?.identity
    },
    source: body.read(0, { lent: true }),
  })
  return { opened, from: present(from, 'the sender of a packet that was opened') }
}

interface Work {
  /** Where the packet waits for its turn. */
  readonly lane: string
  readonly control?: true
  readonly exec?: { readonly name: string; readonly args: readonly string[]; readonly program: Program }
}
type Program = Awaited<ReturnType<ExecContext['handles']['find']>>

/** Programs, and what may be large, take their time in lanes of their own; everything else is done at once. */
async function workOf(
  context: TossContext,
  packet: InboundPacket,
  { plain }: OpenedPacket,
  from: Neighbour,
): Promise<Work> {
  if (plain.type === 'file') return { lane: isPrompt(packet, plain) ? '' : bulkLanes.files }
  if (plain.type === 'freq') return { lane: bulkLanes.requests }
  // Which program a message calls, if any, is known when it was read.
  if (plain.type === 'area') return { lane: packet.lane === '' ? bulkLanes.areas : packet.lane }
  if (plain.type !== 'exec' && plain.type !== 'exec-fat') return { lane: '' }
  const { handle: name, args } = parseExecPath(plain.path)
  if (name === mailHandle) return { lane: '' }
  if (name === controlHandle) return { lane: '', control: true }
  const program = await context.exec.handles.find(from, name)
  return { lane: program.kind === 'found' ? program.lane : '', exec: { name, args, program } }
}

/** A chunk may be the last, and make a large file whole. */
function isPrompt({ sizeBytes }: InboundPacket, { path }: PlainHeader): boolean {
  return sizeBytes <= postofficeLimits.promptFileBytesMax && parseChunkedName(parseTextPath(path)) === undefined
}

async function dispatch(
  context: TossContext,
  tossed: Tossed & { readonly ran: Deed | undefined; readonly recipients: readonly string[] },
  signal: AbortSignal,
): Promise<TossOutcome> {
  const { packet, opened, from, work, ran, recipients } = tossed
  const { plain } = opened
  switch (plain.type) {
    case 'ack':
      return acknowledge(context, packet, opened)
    case 'exec':
    case 'exec-fat': {
      if (work.control) return handleControl(context.control, { packet, from, opened }, signal)
      if (work.exec === undefined) {
        const addressed = parseExecPath(plain.path).args
        return takeLetter(context, { packet, from, recipients, addressed, opened }, signal)
      }
      const { program, ...call } = work.exec
      if (program.kind === 'refused') return prove(opened, program.reason)
      const caller = { id: from.identity.id, name: from.name, domain: nodeDomain(from.name, from.identity.id) }
      const { id } = packet
      return handleExec(context.exec, { packet, id, caller, opened, handle: program.handle, ...call }, signal)
    }
    case 'trns':
      return handleRelay(context.relay, { packet, from, opened }, signal)
    case 'file':
      return handleFile(context.files, { packet, from, opened }, signal)
    case 'freq':
      return handleRequest(context.mail, { from, opened }, signal)
    case 'area':
      return handleArea(context.areas, { packet, from, opened }, ran, signal)
  }
}

/** Reads the packet to its end, so that what is said of it is said of a packet that its sender really made. */
async function prove(opened: OpenedPacket, reason: string): Promise<TossOutcome> {
  for await (const _ of opened.body);
  return { kind: 'set-aside', reason }
}

async function acknowledge(
  context: TossContext,
  { id: evidence, source: road }: InboundPacket,
  opened: OpenedPacket,
): Promise<TossOutcome> {
  for await (const _ of opened.body);
  const acknowledged = parsePacketPath(opened.plain.path)
  const how = { road, evidence }
  const known = await context.spool.outbox.acknowledge(acknowledged, opened.header.sender, context.now(), how)
  return { kind: 'done', outbound: [], fields: { acknowledged, known } }
}

async function takeLetter(
  context: TossContext,
  letter: Omit<IncomingLetter, 'body'> & { readonly opened: OpenedPacket },
  signal: AbortSignal,
): Promise<TossOutcome> {
  const { opened, ...rest } = letter
  const sizeBytesMax = context.messageBytesMax
  const limits = { outputBytesMax: sizeBytesMax, ratioMax: postofficeLimits.expansionRatioMax }
  const content = opened.plain.type === 'exec' ? zstdDecompress(opened.body, limits) : opened.body
  const beginning = new Beginning(headerBlockBytesMax)
  let body: Scratch
  try {
    body = await context.spool.scratch(beginning.of(content), { signal, sizeBytesMax })
  } catch (error) {
    if (!(error instanceof OperatingError && tooLargeCodes.has(error.code))) throw error
    const refused = { ...rest, beginning: bodyInMemory(beginning.bytes()), messageBytesMax: sizeBytesMax }
    return refuseTooLarge(context.mail, refused, signal)
  }
  try {
    return await handleMail(context.mail, { ...rest, body }, signal)
  } finally {
    await body.discard()
  }
}

const tooLargeCodes = new Set(['too-large', 'zstd-bomb'])

/** One transaction: the packet leaves the inbox, its answers enter the outbox. */
async function conclude(
  context: TossContext,
  tossed: { packet: InboundPacket; from: Neighbour; outcome: TossOutcome; plain: PlainHeader },
  signal: AbortSignal,
): Promise<void> {
  const { packet, outcome } = tossed
  if (outcome.kind === 'again') return tryAgain(context, packet, outcome)
  const refused = outcome.kind === 'set-aside' && outcome.refused === true
  const at = context.now()
  const outbound: NewOutbound[] = [...(outcome.outbound ?? [])]
  try {
    const ack = refused || isUnfinished(outcome) ? undefined : await ackFor(context, tossed, signal)
    if (ack !== undefined) outbound.push(ack)
    const { inbox } = context.spool
    const { heard } = outcome
    if (outcome.kind === 'done') await inbox.finish(packet.id, { at, outbound, heard, receipt: outcome.receipt })
    else if (outcome.kind === 'later') {
      const { reason, delayMs = retryDelayMs(packet) } = outcome
      await inbox.retryLater(packet.id, { dueAt: at + delayMs, reason, outbound, heard })
    } else if (outcome.kind === 'lane') await inbox.assign(packet.id, outcome.lane, { outbound, heard })
    else {
      const { reason, receipt } = outcome
      const kept = { reason, outcome: refused ? 'refused' : 'taken', at, outbound, heard, receipt } as const
      await inbox.quarantine(packet.id, kept)
    }
  } finally {
    for (const { staged } of outbound) await staged.discard()
  }
  if (!isUnfinished(outcome)) context.exec.ended.delete(packet.id)
  if (outbound.length > 0) context.departed()
}

/** What was done of it is noted; it stays, and so does custody where it is. */
function isUnfinished({ kind }: TossOutcome): boolean {
  return kind === 'later' || kind === 'lane'
}

async function tryAgain(
  { spool, log, now }: TossContext,
  packet: InboundPacket,
  { reason, delayMs, fields }: { reason: string; delayMs: number; fields?: Record<string, unknown> },
): Promise<void> {
  await spool.inbox.retryLater(packet.id, { dueAt: now() + delayMs, reason })
  log.warn('packet is tried again later', { packetId: packet.id, sender: packet.sender, reason, delayMs, ...fields })
}

/**
 * Whoever handed the packet over keeps it until we say that we have it: its sender, or the last relay on its way.
 * Nobody waits for the ack of an ack, except relays that carry one of stock NNCP: they cannot see what it is. Theirs
 * goes straight to them, so that nodes which reach each other through one another only do not acknowledge for ever.
 * Over a live line DONE has said it all; should that be lost, the packet is offered again and DONE said again.
 */
async function ackFor(
  context: TossContext,
  tossed: { packet: InboundPacket; from: Neighbour; plain: PlainHeader },
  signal: AbortSignal,
): Promise<NewOutbound | undefined> {
  const { packet, from, plain } = tossed
  if (packet.told) return undefined
  const relayed = packet.handedBy !== from.identity.id
  const isAck = plain.type === 'ack' || isUnawaitedControl(plain)
  if ((isAck && !(relayed && !from.posthorn)) || holdsAck(plain)) return undefined
  const to = relayed ? await context.directory.neighbours.get(packet.handedBy) : from
  if (to === undefined || to.custody !== 'ack') return undefined
  const ack = { to, packetId: packet.id, niceness: packet.niceness, at: context.now(), direct: isAck }
  return sealAck(context.mail.seal, ack, signal)
}

async function refuseOrRetry(context: TossContext, packet: InboundPacket, error: unknown, log: Log): Promise<void> {
  const reason = messageOf(error)
  const at = context.now()
  const never = error instanceof FormatError || (error instanceof OperatingError && error.retry === 'never')
  if (never) {
    await context.spool.inbox.quarantine(packet.id, { reason, outcome: 'refused', at, outbound: [] })
    log.warn('packet set aside unopened', { reason, code: error.code })
    return
  }
  const delayMs = retryDelayMs(packet)
  await context.spool.inbox.retryLater(packet.id, { dueAt: at + delayMs, reason })
  log.warn('packet could not be tossed now', { reason, attempts: packet.attempts + 1, delayMs })
}

function retryDelayMs({ attempts }: InboundPacket): number {
  const { retryDelayMsMin, retryDelayMsMax } = postofficeLimits
  return Math.min(retryDelayMsMin * 2 ** Math.min(attempts, 30), retryDelayMsMax)
}
