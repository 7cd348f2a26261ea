/**
 * Letters and acknowledgements become sealed packets here: what `nncp-exec NODE sendmail RCPT…` and `nncp-ack` make,
 * so that stock NNCP nodes are peers too.
 */
import {
  execPath,
  execPathFits,
  idPath,
  type MthHasher,
  mthHasher,
  type NodeId,
  type PacketId,
  type PlainHeader,
  type PrivateIdentity,
  type PublicIdentity,
  packetIdFromBytes,
  pathBytesMax,
  plainPacket,
  type RandomSource,
  type Suite,
  sealPacket,
  wrapOnion,
} from '@posthorn/nncp'
import { present } from '../../base/assert.ts'
import { OperatingError } from '../../base/errors.ts'
import { withLfEnds } from '../../base/line-ends.ts'
import { zstdCompress } from '../../base/zstd.ts'
import type { Directory, Neighbour } from '../../stores/directory/directory.ts'
import type {
  Body,
  DeliveryWishes,
  Excerpt,
  LetterNumber,
  NewOutbound,
  Spool,
  Staged,
} from '../../stores/spool/index.ts'
import { understandsControl } from './control/understands.ts'
import { numberLine } from './letter/number-line.ts'
import { wishesFor, wishesLine } from './letter/wishes.ts'
import { postofficeLimits } from './limits.ts'

/** The exec handle that takes mail in, by NNCP's convention. */
export const mailHandle = 'sendmail'

/**
 * In the plain header of `trns` packets of Posthorn: what is inside is an acknowledgement, which nobody waits for. NNCP
 * writes 0 there and reads nothing.
 */
export const ackInsideNiceness = 254

export interface SealContext {
  readonly identity: PrivateIdentity
  readonly suite: Suite
  readonly random: RandomSource
  readonly spool: Spool
  readonly directory: Directory
  /** No sealed packet of ours is larger. */
  readonly packetBytesMax: number
}

export interface LetterToSeal {
  readonly to: Neighbour
  /** As many as `groupRecipients` put together. */
  readonly recipients: readonly string[]
  /** Envelope sender; empty for a bounce. */
  readonly returnPath: string
  readonly body: Body
  readonly niceness: number
  readonly messageId: string
  readonly wishes?: DeliveryWishes | undefined
  /** An automatic letter: nobody is told that it failed. */
  readonly quiet?: boolean
  /** What a report about it will bring back. */
  readonly excerpt?: Excerpt | undefined
  /** Of a report: its name, so that it is sent once. */
  readonly once?: string | undefined
  /** Somebody here wants to know where it is. */
  readonly tracked?: boolean
  readonly at: number
}

/** Cuts a list of recipients so that each part fits in the 255 bytes that NNCP has for a handle and its arguments. */
export function groupRecipients(recipients: readonly string[]): string[][] {
  const groups: string[][] = []
  for (const recipient of recipients) {
    const last = groups.at(-1)
    if (last !== undefined && execPathFits(mailHandle, [...last, recipient])) last.push(recipient)
    else groups.push([recipient])
  }
  return groups
}

export function fitsAlone(recipient: string): boolean {
  return execPathFits(mailHandle, [recipient])
}

/** Seals one letter for one node and stages it; the caller commits or discards. */
export async function sealLetter(
  context: SealContext,
  letter: LetterToSeal,
  signal: AbortSignal,
): Promise<NewOutbound> {
  const { to, returnPath, recipients, quiet, excerpt, once, tracked = false } = letter
  const wishes = wishesFor(letter.wishes, recipients)
  const number = await numberFor(context, to)
  const lines = `${number === undefined ? '' : numberLine(number)}${to.posthorn ? wishesLine(wishes) : ''}`
  const text = withEnvelope(returnPath, lines, letter.body)
  const content = to.posthorn ? text : withLfEnds(text)
  const plain = { type: 'exec', niceness: letter.niceness, path: execPath(mailHandle, letter.recipients) } as const
  const keepsInner = number !== undefined
  const way = await stageFor(context, letter.to, { plain, body: zstdCompress(content), keepsInner }, signal)
  return {
    ...way,
    ...(number && { custody: { number, road: to.via } }),
    tracked,
    destination: letter.to.identity.id,
    niceness: letter.niceness,
    kind: 'letter',
    messageId: letter.messageId,
    envelope: { returnPath, recipients, ...(wishes && { wishes }), ...(quiet === true && { quiet }) },
    ...(excerpt && { excerpt }),
    ...(once !== undefined && { once }),
    acknowledges: null,
    at: letter.at,
  }
}

/** Of a letter that stays in custody until its node gave a receipt; undefined for nodes that give none. */
async function numberFor({ spool }: SealContext, to: Neighbour): Promise<LetterNumber | undefined> {
  if (!understandsControl(to)) return undefined
  const { id } = to.identity
  const kept = (await spool.custody.summary()).find(({ destination }) => destination === id)?.letters ?? 0
  return kept < postofficeLimits.custodyLettersMax ? spool.custody.number(id) : undefined
}

export interface AckToSeal {
  readonly to: Neighbour
  readonly packetId: PacketId
  readonly niceness: number
  readonly at: number
  /** Not through relays. */
  readonly direct?: boolean
}

/** Seals the acknowledgement of a packet for the node that handed it over. */
export async function sealAck(context: SealContext, ack: AckToSeal, signal: AbortSignal): Promise<NewOutbound> {
  const plain = { type: 'ack', niceness: ack.niceness, path: idPath(ack.packetId) } as const
  const to = ack.direct === true ? { ...ack.to, via: [] } : ack.to
  const { staged, nextHop } = await stageFor(context, to, { plain, body: nothing() }, signal)
  return {
    staged,
    nextHop,
    destination: ack.to.identity.id,
    niceness: ack.niceness,
    kind: 'ack',
    messageId: null,
    acknowledges: ack.packetId,
    at: ack.at,
  }
}

export interface ExecToSeal {
  readonly to: Neighbour
  readonly handle: string
  readonly args: readonly string[]
  readonly body: AsyncIterable<Uint8Array>
  readonly compress: boolean
  readonly niceness: number
  /** For what the program sends back, if it does. */
  readonly replyNiceness: number
  readonly at: number
}

/**
 * Seals a call of a handle, as `nncp-exec` does.
 * @throws OperatingError `exec-too-long` when handle and arguments have no room.
 */
export async function sealExec(context: SealContext, exec: ExecToSeal, signal: AbortSignal): Promise<NewOutbound> {
  const { to, handle, args, body, compress, niceness, at } = exec
  if (!execPathFits(handle, args)) {
    throw new OperatingError(
      `Handle and arguments have ${pathBytesMax} bytes in a packet. Put more into the input instead.`,
      { code: 'exec-too-long', retry: 'never' },
    )
  }
  const path = execPath(handle, args)
  const plain = { type: compress ? 'exec' : 'exec-fat', niceness: exec.replyNiceness, path } as const
  const content = { plain, body: compress ? zstdCompress(body) : body, niceness }
  const { staged, nextHop } = await stageFor(context, to, content, signal)
  const facts = { destination: to.identity.id, kind: 'letter', messageId: null, acknowledges: null } as const
  return { ...facts, staged, nextHop, niceness, at }
}

export interface Content {
  readonly plain: PlainHeader
  readonly body: AsyncIterable<Uint8Array>
  /** Of the packet, when it is not that of the content. */
  readonly niceness?: number
  /** The packet is padded up to it. */
  readonly minimumSizeBytes?: number
  /** Like an acknowledgement, nobody waits to hear that it arrived. */
  readonly unawaited?: boolean
  /** The packet inside is staged too: it will be wrapped anew for other roads. */
  readonly keepsInner?: boolean
}

/** Seals a packet of any kind for a neighbour, wraps it for the relays on its way, and stages it. */
export async function stageFor(
  context: SealContext,
  to: Neighbour,
  content: Content,
  signal: AbortSignal,
): Promise<Pick<NewOutbound, 'staged' | 'nextHop' | 'letter' | 'wrappedFor'>> {
  const { suite, random, identity: sender, spool } = context
  const relays = await relaysOf(context.directory, to)
  const { niceness = content.plain.niceness } = content
  const payload = plainPacket(content.plain, content.body)
  const { minimumSizeBytes = 0 } = content
  const how = { suite, random, sender, niceness, payload, minimumSizeBytes, lent: true }
  const sealed = sealPacket({ ...how, recipient: to.identity })
  const innerNiceness = content.plain.type === 'ack' || content.unawaited === true ? ackInsideNiceness : 0
  const nextHop = relays[0]?.id ?? to.identity.id
  const limits = { signal, sizeBytesMax: context.packetBytesMax }
  if (relays.length === 0) return { staged: await spool.stage(sealed, limits), nextHop }
  const layers: { readonly node: NodeId; readonly inside: MthHasher }[] = []
  const inner = content.keepsInner === true ? await spool.stage(sealed, limits) : undefined
  let packet: AsyncIterable<Uint8Array> = inner?.read(0, { lent: true }) ?? sealed
  let destination = to.identity.id
  for (const relay of relays.toReversed()) {
    const inside = mthHasher(suite)
    const wrap = { suite, random, sender, niceness, innerNiceness, relays: [relay], destination }
    packet = wrapOnion({ ...wrap, packet: hashed(packet, inside) })
    layers.push({ node: relay.id, inside })
    destination = relay.id
  }
  const staged = await stageOuter(spool, { packet, inner }, limits)
  const wrappedFor = layers.map(({ node, inside }) => ({ node, packet: packetIdFromBytes(inside.digest()) }))
  return { staged, nextHop, letter: present(wrappedFor[0], 'the last relay').packet, wrappedFor }
}

async function stageOuter(
  spool: Spool,
  { packet, inner }: { packet: AsyncIterable<Uint8Array>; inner: Staged | undefined },
  limits: { signal: AbortSignal; sizeBytesMax: number },
): Promise<Staged> {
  try {
    return await spool.stage(packet, { ...limits, ...(inner && { inner: () => inner }) })
  } catch (error) {
    await inner?.discard()
    throw error
  }
}

async function* hashed(source: AsyncIterable<Uint8Array>, hasher: MthHasher): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    hasher.update(chunk)
    yield chunk
  }
}

/** Who stands on the way to a neighbour, the nearest first. @throws OperatingError `unknown-relay` */
export async function relaysOf(directory: Directory, to: Neighbour): Promise<readonly PublicIdentity[]> {
  const relays: PublicIdentity[] = []
  for (const id of to.via) {
    const relay = await directory.neighbours.get(id)
    if (relay === undefined) {
      throw new OperatingError(`The relay ${id} on the way to ${to.name} is not known to this node any more.`, {
        code: 'unknown-relay',
        retry: 'later',
        fields: { neighbour: to.name, relay: id },
      })
    }
    relays.push(relay.identity)
  }
  return relays
}

async function* withEnvelope(returnPath: string, more: string, body: Body): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`Return-Path: <${returnPath}>\r\n${more}`, 'ascii')
  yield* body.read()
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
