/**
 * Taking letters of our own back, for all of their recipients or for some.
 *
 * It promises: a letter that nobody is left for leaves the outbox in the commit that remembers why, with the tombstones
 * that go after it, so that it is taken back whole or not at all, whatever crashes; asked again it answers the same and
 * sends nothing twice. It says of a letter no more than is known: that it never left, or what those who may have it
 * answered. It fails when the spool fails, or when a tombstone cannot be sealed; then nothing was done.
 */
import type { NodeId, PacketId } from '@posthorn/nncp'
import type { Log } from '../../../base/log.ts'
import type { Journey, Journeys } from '../../../stores/journeys/index.ts'
import type { DropReason, NewOutbound, PacketRelay, RecalledLetter } from '../../../stores/spool/index.ts'
import { type ControlHandler, sealControl } from '../control/messages.ts'
import { understandsControl } from '../control/understands.ts'
import { postofficeLimits } from '../limits.ts'
import type { SealContext } from '../seal.ts'
import { dropMessage, readDroppedMessage } from './wire.ts'

export interface TakeBackContext {
  readonly seal: SealContext
  readonly journeys: Pick<Journeys, 'ofMessage' | 'ofLetter'>
  readonly log: Log
  readonly now: () => number
  readonly departed: () => void
}

export interface WhatToRecall {
  readonly messageId: string
  /** Only letters of this one; null: of anybody. */
  readonly sender: string | null
  /** Null: all. */
  readonly recipients: readonly string[] | null
}

export interface Recalled {
  /** What was taken back of the message, now and before. */
  readonly letters: readonly RecalledLetter[]
  /** All that is known of its way. */
  readonly journeys: readonly Journey[]
}

/** Resolves when it is on the disk. */
export async function takeBack(context: TakeBackContext, what: WhatToRecall, signal: AbortSignal): Promise<Recalled> {
  const { messageId, sender } = what
  const { recalls } = context.seal.spool
  const limit = postofficeLimits.recipientsMax
  const before = await recalls.ofMessage(messageId, sender)
  // What is full there may have room now.
  const done = new Set(
    before.flatMap(({ letter, recipient, answer }) => (answer === 'full' ? [] : `${letter} ${recipient}`)),
  )
  let taken = 0
  for (const found of await lettersOf(context, what)) {
    const recipients = found.everybody.filter(
      recipient => isMeant(what.recipients, recipient) && !done.has(`${found.letter} ${recipient}`),
    )
    if (recipients.length === 0) continue
    await takeLetterBack(context, { ...found, messageId, recipients, reason: 'recalled' }, signal)
    taken += 1
  }
  if (taken > 0) context.departed()
  const journeys = await context.journeys.ofMessage(messageId, { sender, limit })
  return { letters: await recalls.ofMessage(messageId, sender), journeys }
}

function isMeant(recipients: readonly string[] | null, recipient: string): boolean {
  return recipients === null || recipients.some(one => one.toLowerCase() === recipient.toLowerCase())
}

interface Found {
  readonly letter: PacketId
  readonly destination: NodeId
  readonly sender: string
  readonly everybody: readonly string[]
  readonly niceness: number | null
  readonly hasLeft: boolean
}

/** From what waits here, and from what is known of what has left. */
async function lettersOf(context: TakeBackContext, { messageId, sender }: WhatToRecall): Promise<readonly Found[]> {
  const { journeys, seal } = context
  const known = await journeys.ofMessage(messageId, { sender, limit: postofficeLimits.recipientsMax })
  const found = new Map<PacketId, Found>()
  for (const { letters, sender: from } of known) {
    for (const { id: letter, destination } of letters) {
      if (found.has(letter)) continue
      const all = await journeys.ofLetter(letter)
      const hasLeft = all.some(one => one.stations.some(({ kind }) => leavingKinds.has(kind)))
      const everybody = all.map(({ recipient }) => recipient)
      found.set(letter, { letter, destination, sender: from, everybody, niceness: null, hasLeft })
    }
  }
  for (const { letter, destination, recipients: everybody, niceness, ...one } of await seal.spool.recalls.waiting(
    messageId,
  )) {
    if (sender !== null && one.sender.toLowerCase() !== sender.toLowerCase()) continue
    const hasLeft = found.get(letter)?.hasLeft ?? false
    found.set(letter, { letter, destination, sender: one.sender, everybody, niceness, hasLeft })
  }
  return [...found.values()]
}

const leavingKinds: ReadonlySet<string> = new Set(['copied', 'offered', 'handed', 'passed', 'arrived', 'resent'])

export interface LetterToTakeBack extends Found {
  readonly messageId: string
  readonly recipients: readonly string[]
  readonly reason: DropReason
}

export async function takeLetterBack(
  context: TakeBackContext,
  letter: LetterToTakeBack,
  signal: AbortSignal,
): Promise<void> {
  const { seal, log, now } = context
  const asked = await tombstonesFor(context, letter, signal)
  try {
    const neverLeft = await seal.spool.recalls.take({ ...letter, ...asked, at: now() })
    const { letter: packetId, messageId, recipients, reason } = letter
    log.info('a letter was taken back', { packetId, messageId, recipients, reason, neverLeft })
  } finally {
    for (const { staged } of asked.tombstones) await staged.discard()
  }
}

interface Asked {
  readonly tombstones: readonly NewOutbound[]
  readonly asksDestination: boolean
  readonly asksRelays: readonly PacketRelay[]
}

/** For the node that it is for, and each relay that it was wrapped for, if these understand it. */
async function tombstonesFor(
  { seal, now }: TakeBackContext,
  { letter, destination, recipients, everybody, reason, ...rest }: LetterToTakeBack,
  signal: AbortSignal,
): Promise<Asked> {
  // More urgent than what it is sent after.
  const niceness = Math.max(1, (rest.niceness ?? postofficeLimits.recallNiceness) - 1)
  const tombstones: NewOutbound[] = []
  const ask = async (node: NodeId, packet: PacketId, whom: readonly string[]): Promise<boolean> => {
    const to = await seal.directory.neighbours.get(node)
    if (to === undefined || !understandsControl(to)) return false
    const bytes = dropMessage([{ letter: packet, reason, recipients: whom }])
    tombstones.push(await sealControl(seal, { to, kind: 'drop', bytes, niceness, at: now() }, signal))
    return true
  }
  try {
    const asksDestination = await ask(destination, letter, recipients)
    const asksRelays: PacketRelay[] = []
    // A relay has the packet whole: it cannot take anybody out of it.
    const isWhole = everybody.every(recipient => recipients.includes(recipient))
    for (const relay of isWhole ? await seal.spool.recalls.relaysOf(letter) : []) {
      if (await ask(relay.node, relay.packet, [])) asksRelays.push(relay)
    }
    return { tombstones, asksDestination, asksRelays }
  } catch (error) {
    for (const { staged } of tombstones) await staged.discard()
    throw error
  }
}

/** `dropped`: what those who were asked say of it. Believed of what each was asked, and of nothing else. */
export function droppedHandler({ seal, log, now }: TakeBackContext): ControlHandler {
  return async ({ from, packet, bytes }) => {
    const { recalls } = seal.spool
    const node = from.identity.id
    for (const { letter, answer, recipients } of readDroppedMessage(bytes)) {
      const isNews =
        recipients.length === 0
          ? await recalls.relayAnswered({ node, packet: letter }, answer)
          : answer !== 'gone-on' &&
            (await recalls.answered({ letter, from: node, recipients }, answer, { at: now(), evidence: packet.id }))
      if (isNews) log.info('an answer came about a letter that was taken back', { letter, node, answer, recipients })
    }
    return { kind: 'done', outbound: [] }
  }
}
