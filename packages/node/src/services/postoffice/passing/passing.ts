/**
 * Relays that tell senders which of their letters passed: where the relay's operator allows it and the sender's card
 * asks for it.
 *
 * It promises: nobody is told who did not ask; what passed is told in packets of many letters, with the lowest urgency,
 * once in a while. It is a courtesy: nothing waits for it, and what is lost on the way is not told again. The sender
 * believes of it that this relay says so, of letters that it has sent by way of that relay, and nothing else.
 */
import { bulkNiceness, FormatError, type NodeId } from '@posthorn/nncp'
import { asksPassing } from '../../../stores/directory/card.ts'
import type { Neighbour } from '../../../stores/directory/directory.ts'
import type { Journeys } from '../../../stores/journeys/index.ts'
import type { NewOutbound, Spool } from '../../../stores/spool/spool.ts'
import { type ControlHandler, sealControl } from '../control/messages.ts'
import { understandsControl } from '../control/understands.ts'
import type { SealContext } from '../seal.ts'
import { parsePassed, passedBytes, passedMax } from './wire.ts'

/** Whether its letters are told of, by the wish of the node itself. */
export function wantsPassing(sender: Neighbour): boolean {
  return understandsControl(sender) && sender.card !== null && asksPassing(sender.card)
}

export interface PassingContext {
  readonly spool: Spool
  readonly seal: SealContext
  readonly now: () => number
}

/** Tells what passed since the last time. Answers of how many letters. */
export async function tellPassing({ spool, seal, now }: PassingContext, signal: AbortSignal): Promise<number> {
  for (let told = 0; ; ) {
    const page = await spool.passing.page(passedMax)
    if (page.length === 0) return told
    const packets: NewOutbound[] = []
    try {
      for (const [node, letters] of byNode(page)) {
        const to = await seal.directory.neighbours.get(node)
        if (to === undefined || !wantsPassing(to)) continue
        const message = { to, kind: 'passed', bytes: passedBytes(letters), niceness: bulkNiceness, at: now() } as const
        packets.push(await sealControl(seal, message, signal))
      }
      const numbers = page.map(({ number }) => number)
      await spool.passing.told(numbers, packets)
      told += page.length
    } finally {
      for (const { staged } of packets) await staged.discard()
    }
  }
}

function byNode<T extends { readonly node: NodeId }>(page: readonly T[]): Map<NodeId, T[]> {
  const nodes = new Map<NodeId, T[]>()
  for (const one of page) nodes.set(one.node, [...(nodes.get(one.node) ?? []), one])
  return nodes
}

/** The sender's end. */
export function passedHandler(
  { journeys, spool }: { journeys: Pick<Journeys, 'note'>; spool: Spool },
  now: () => number,
): ControlHandler {
  return async ({ from, bytes }) => {
    try {
      const passed = parsePassed(bytes)
      const where = from.identity.id
      const heardAt = now()
      const notes: Parameters<Journeys['note']>[0][number][] = []
      for (const { letter: packet, at } of passed) {
        const letter = await spool.passing.ofRelay(where, packet)
        if (letter !== undefined) notes.push([{ letter }, { kind: 'passed', at, heardAt, where }])
      }
      await journeys.note(notes)
      const fields = { control: 'passed', letters: notes.length, unknown: passed.length - notes.length }
      return { kind: 'done', outbound: [], fields }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      return { kind: 'set-aside', reason: `a message of letters that passed, with a fault: ${error.message}` }
    }
  }
}
