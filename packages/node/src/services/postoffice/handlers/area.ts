/**
 * Messages of areas: passed on to the subscribers, and acted on where the area can be read.
 *
 * It promises: however many roads a message comes by, it is passed on once and acted on once. It goes neither to who
 * brought it nor to its author. Where the area can be read, a message is proven to its last byte before anybody hears
 * of it; where not, it is remembered by all its bytes, so that a forgery cannot stand in for it. What is done of it and
 * what is left are committed with the packet that brought it. It fails as the spool does; the packet is tossed again.
 * Programs do not run here: see `area-exec.ts`.
 */
import {
  type AreaMessageHead,
  FormatError,
  isPrivateArea,
  type NodeId,
  type OpenedPacket,
  openAreaMessage,
  type PrivateArea,
  parseNodePath,
  readAreaMessage,
  verifyEncryptedHeader,
} from '@posthorn/nncp'
import { Mutex } from '../../../base/mutex.ts'
import type { Area, Neighbour } from '../../../stores/directory/directory.ts'
import type { HeardMessage, InboundPacket, NewOutbound, Staged } from '../../../stores/spool/spool.ts'
import { recipientsOf, sealCopies } from '../areas/copies.ts'
import { actOn, type InsideContext } from '../areas/inside.ts'
import type { SealContext } from '../seal.ts'
import { type Deed, failedDeed } from './area-exec.ts'
import type { TossOutcome } from './outcome.ts'
import { beginningOf } from './relay.ts'

export interface AreaContext {
  readonly seal: SealContext
  readonly inside: InsideContext
  /** What may wait for others at a time, as for relays. */
  readonly waitingBytesMax: number
  now(): number
  /** One at a time: the same message often comes by several roads at once. */
  readonly turns: Mutex
}

export function areaContext(options: Omit<AreaContext, 'turns'>): AreaContext {
  return { ...options, turns: new Mutex() }
}

export interface AreaPacket {
  readonly packet: InboundPacket
  /** Who sealed the packet around the message, and so has the message. */
  readonly from: Neighbour
  readonly opened: OpenedPacket
}

interface Message extends AreaPacket {
  readonly area: Area
  readonly head: AreaMessageHead
  readonly staged: Staged
  /** A neighbour that has signed it. */
  readonly author: Neighbour | undefined
}

/** @param ran what came of a program that it calls, if one ran. */
export async function handleArea(
  context: AreaContext,
  incoming: AreaPacket,
  ran: Deed | undefined,
  signal: AbortSignal,
): Promise<TossOutcome> {
  const { directory, spool, suite, packetBytesMax } = context.seal
  const id = parseNodePath(incoming.opened.plain.path)
  const area = await directory.areas.get(id)
  if (area === undefined) {
    for await (const _ of incoming.opened.body);
    const reason = `the area ${id} is not known here; to take part in it: posthorn area join`
    return { kind: 'set-aside', reason, refused: true }
  }
  const staged = await spool.stage(incoming.opened.body, { signal, sizeBytesMax: packetBytesMax })
  try {
    const head = readAreaMessage(suite, area.id, await beginningOf(staged))
    const author = await directory.neighbours.get(head.header.sender)
    return await takeMessage(context, { ...incoming, area, staged, head, author }, ran, signal)
  } finally {
    await staged.discard()
  }
}

async function takeMessage(
  context: AreaContext,
  message: Message,
  ran: Deed | undefined,
  signal: AbortSignal,
): Promise<TossOutcome> {
  const { packet, area, head } = message
  const { inbox } = context.seal.spool
  const fields = { area: area.name, areaMessage: head.id, author: head.header.sender }
  if (head.header.sender === context.seal.identity.id) return done({ ...fields, duplicate: true })
  const id = isPrivateArea(area) ? head.id : message.staged.id
  const before = await inbox.heard(id)
  if (before !== undefined && before.heldBy === null) return done({ ...fields, duplicate: true })
  await prove(context, message)

  const onward = before?.passedOn === true ? nobody : await passOn(context, message, signal)
  const acted: Deed = before?.actedOn === true ? { done: true } : (ran ?? (await act(context, message, signal)))
  const outbound = [...onward.outbound, ...(acted.outbound ?? [])]
  if (onward.done && acted.done) {
    const heard = { id, passedOn: true, actedOn: true, heldBy: null }
    return { kind: 'done', outbound, heard, fields: { ...fields, ...acted.fields, copies: onward.outbound.length } }
  }
  // Another packet with the same message is held already: one is enough.
  const heldBy = before?.heldBy ?? packet.id
  const heard: HeardMessage = { id, passedOn: onward.done, actedOn: acted.done, heldBy }
  if (heldBy !== packet.id) return { kind: 'done', outbound, heard, fields: { ...fields, heldBy } }
  if (acted.lane !== undefined) return { kind: 'lane', lane: acted.lane, outbound, heard, fields }
  const reason = [onward.reason, acted.reason].filter(words => words !== undefined).join('; ')
  const common = { reason, outbound, heard, fields: { ...fields, ...acted.fields } }
  if (onward.later !== true && acted.later !== true) return { kind: 'set-aside', ...common }
  return { kind: 'later', ...common, ...(acted.delayMs === undefined ? {} : { delayMs: acted.delayMs }) }
}

function done(fields: Record<string, unknown>): TossOutcome {
  return { kind: 'done', outbound: [], fields }
}

/** @throws FormatError when it is not what its author made. Of strangers only that can be said which needs no keys. */
async function prove(context: AreaContext, message: Message): Promise<void> {
  const { area, head, author } = message
  if (isPrivateArea(area)) {
    const { body } = await opening(context, message, area)
    for await (const _ of body);
  } else if (author !== undefined) {
    const { suite } = context.seal
    if (verifyEncryptedHeader(suite, head.header, author.identity.signingKey)) return
    throw new FormatError('bad-signature', 'the message was not signed by its author')
  }
}

function opening({ seal }: AreaContext, { staged, author }: Message, area: PrivateArea) {
  const source = staged.read()
  return openAreaMessage({ suite: seal.suite, area, authorOf: () => author?.identity, source })
}

const nobody: Deed & { outbound: readonly NewOutbound[] } = { done: true, outbound: [] }

async function passOn(
  context: AreaContext,
  message: Message,
  signal: AbortSignal,
): Promise<Deed & { outbound: readonly NewOutbound[] }> {
  const { area, head, from, staged } = message
  const { niceness, sender } = head.header
  const has: NodeId[] = [context.seal.identity.id, from.identity.id, sender]
  const to = await recipientsOf(context.seal, area, has)
  if (to.length === 0) return nobody
  const sizeBytes = to.length * staged.sizeBytes
  const waiting = await context.seal.spool.outbox.relayedSummary()
  if (waiting.bytes + sizeBytes > context.waitingBytesMax) {
    const { waitingBytesMax } = context
    const setting = '[relay] bytes_max in posthorn.toml'
    const reason = `not passed on: no more than ${waitingBytesMax} bytes may wait for others (${setting})`
    return { done: false, outbound: [], reason, later: sizeBytes <= waitingBytesMax }
  }
  const copies = { area: area.id, message: staged, niceness, kind: 'relayed', to, at: context.now() } as const
  return { done: true, outbound: await sealCopies(context.seal, copies, signal) }
}

async function act(context: AreaContext, message: Message, signal: AbortSignal): Promise<Deed> {
  const { area, head, author, packet } = message
  if (!isPrivateArea(area)) return { done: true }
  if (author === undefined && !area.allowUnknown) {
    const { sender } = head.header
    const remedy = `add its card, or take messages of strangers: posthorn area set ${area.name} --allow-unknown`
    return { done: false, reason: `its author is not known here; ${remedy}: ${sender}` }
  }
  try {
    const opened = await opening(context, message, area)
    const inside = { area, opened, author, id: head.id, packet }
    const outcome = await actOn(context.inside, inside, signal)
    if (outcome.kind === 'lane') return { done: false, lane: outcome.lane }
    const { outbound = [] } = outcome
    if (outcome.kind === 'done') return { done: true, outbound, fields: outcome.fields }
    return { done: false, outbound, reason: outcome.reason }
  } catch (error) {
    return failedDeed(error)
  }
}
