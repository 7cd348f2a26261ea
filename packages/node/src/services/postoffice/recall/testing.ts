/** Offices that understand each other, and packets that are taken back by hand. */
import { randomBytes } from 'node:crypto'
import { openPacket, type PacketId, type PrivateIdentity, parseExecPath } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { present } from '../../../base/assert.ts'
import { zstdDecompress } from '../../../base/zstd.ts'
import { cardLink } from '../../../stores/directory/card.ts'
import type { Neighbour } from '../../../stores/directory/directory.ts'
import type { DropReason, Staged } from '../../../stores/spool/index.ts'
import { type ControlKind, sealControl } from '../control/messages.ts'
import { type Office, queueOf } from '../rig.ts'
import { type DropReport, type DropRequest, dropMessage, readDroppedMessage } from './wire.ts'

const never = new AbortController().signal

/** Each knows the other, and that it understands control packets. */
export async function meet(one: Office, other: Office, traits: Partial<Neighbour> = {}): Promise<void> {
  await one.knows(other, { card: cardOf(other), ...traits })
  await other.knows(one, { card: cardOf(one) })
}

function cardOf({ identity, name }: Office): string {
  const facts = { name, domains: [], addresses: [], acknowledges: true, receipts: true, issuedAt: 0 }
  return cardLink(pureSuite, identity, facts)
}

/** All that waits goes over, the most urgent first; what was acknowledged leaves. */
export async function flow(from: Office, to: Office): Promise<void> {
  for (const { id, kind } of await queueOf(from, to)) {
    const body = await from.spool.outbox.open(id)
    if (body === undefined) continue
    await to.arrive({ bytes: body.read(), sender: from.identity.id })
    if (kind === 'ack') await from.spool.outbox.release(id, 0)
  }
}

/** A control packet from one to the other comes in there. */
export async function tell(from: Office, to: Office, kind: ControlKind, bytes: Uint8Array): Promise<void> {
  const packet = await control(from, to, kind, bytes)
  await to.arrive({ bytes: packet.read(), sender: from.identity.id })
  await packet.discard()
}

async function control(from: Office, to: Office, kind: ControlKind, bytes: Uint8Array): Promise<Staged> {
  const neighbour = present(await from.directory.neighbours.get(to.identity.id), 'a neighbour')
  const { identity, spool, directory } = from
  const seal = { identity, spool, directory, suite: pureSuite, random: randomBytes, packetBytesMax: 8_000_000 }
  return (await sealControl(seal, { to: neighbour, kind, bytes, niceness: 95, at: 0 }, never)).staged
}

export function dropFor(from: Office, to: Office, requests: readonly DropRequest[]): Promise<Staged> {
  return control(from, to, 'drop', dropMessage(requests))
}

export function takeBack(
  from: Office,
  to: Office,
  letter: PacketId,
  recipients: readonly string[] = [],
  reason: DropReason = 'recalled',
): Promise<void> {
  return tell(from, to, 'drop', dropMessage([{ letter, reason, recipients }]))
}

/** What an office answers another, read there and taken out of its queue. */
export async function answers(from: Office, to: Office): Promise<readonly DropReport[]> {
  const found: DropReport[] = []
  for (const { id, kind, envelope } of await queueOf(from, to)) {
    if (kind !== 'letter' || envelope !== null) continue
    const body = present(await from.spool.outbox.open(id), 'a queued packet')
    found.push(...(await reportsIn(body.read(), { from: from.identity, to: to.identity })))
    await from.spool.waiting.abandon([id], { kind: 'failed', at: 0 })
  }
  return found
}

/** Nothing, if the packet is not such a message. */
export async function reportsIn(
  source: AsyncIterable<Uint8Array>,
  { from, to }: { from: PrivateIdentity; to: PrivateIdentity },
): Promise<readonly DropReport[]> {
  const packet = await openPacket({ suite: pureSuite, recipient: to, source, senderOf: async () => from })
  const { handle, args } = parseExecPath(packet.plain.path)
  const chunks: Uint8Array[] = []
  for await (const chunk of zstdDecompress(packet.body, { outputBytesMax: 100_000, ratioMax: 1000 })) {
    chunks.push(chunk)
  }
  return handle === 'posthorn' && args[0] === 'dropped' ? readDroppedMessage(Buffer.concat(chunks)) : []
}
