import type { NodeId } from '@posthorn/nncp'
import { giveUpMemoryCustody, type MemoryCustody } from './memory-custody.ts'
import type { MemoryOutbox, StoredPacket } from './memory-outbox.ts'
import type { MemoryState } from './memory-state.ts'
import type { ExpiredLetter, NewRecall, PacketRelay, RecallAnswer, RecalledLetter, Recalls } from './recall.ts'

type Kept = Omit<RecalledLetter, 'relays' | 'answer' | 'answeredAt' | 'asked'> & {
  readonly messageId: string
  asked: boolean
  answer: RecallAnswer | null
  answeredAt: number | null
}

/** What the twin remembers of recalls. */
export interface MemoryRecalls {
  readonly letters: Map<string, Kept & { readonly day: number }>
  readonly relays: Map<string, PacketRelay & { readonly letter: string; answer: string | null; readonly day: number }>
}

export function memoryRecalls(state: MemoryState, outbox: MemoryOutbox, custody: MemoryCustody): Recalls {
  const { letters, relays } = state.recalls
  const packetsOf = (letter: string) => outbox.packets().filter(packet => packet.letter === letter)
  return {
    async waiting(messageId) {
      const letters = [...custody.letters.values()].map(letter => ({ ...letter, letter: letter.id }))
      const others = outbox.packets().filter(packet => packet.custody === null)
      return [...others, ...letters].flatMap(({ letter, destination, niceness, envelope, ...packet }) => {
        if (packet.messageId !== messageId || envelope === null) return []
        const { returnPath: sender, recipients } = envelope
        return [{ letter, destination, niceness, sender, recipients }]
      })
    },
    async expired(limit) {
      const letters = [...custody.letters.values()].map(letter => ({ ...letter, letter: letter.id }))
      const others = outbox.packets().filter(packet => packet.custody === null)
      const all = [...others, ...letters].flatMap(({ envelope, letter, day, ...one }): ExpiredLetter[] => {
        const days = envelope?.wishes?.lifetimeDays
        if (envelope === null || days === undefined || day + days >= state.calendar.today) return []
        const { id, destination, niceness, messageId, at } = one
        const { returnPath: sender, recipients } = envelope
        return [{ id, letter, destination, niceness, messageId, envelope, at, sender, recipients }]
      })
      return all.slice(0, limit)
    },
    async takenFrom(id) {
      const letter = outbox.packets().find(packet => packet.id === id)?.letter ?? id
      const heeded = [...letters.values()].filter(one => (one.asked || one.answer === 'kept') && one.answer !== 'full')
      return heeded.filter(one => one.letter === letter).map(({ recipient }) => recipient)
    },
    async relaysOf(letter) {
      const found = [...state.packetRelays.values()].filter(one => one.letter === letter).map(relayOf)
      for (const road of custody.letters.get(letter)?.roads.keys() ?? []) {
        const node = road.split(' ').at(-1) as NodeId
        const isNew = !found.some(one => one.node === node && one.packet === letter)
        if (road !== '' && isNew) found.push({ node, packet: letter })
      }
      return found
    },
    take: async recall => take({ state, outbox, custody }, recall, packetsOf(recall.letter)),
    async ofMessage(messageId, sender) {
      return [...letters.values()]
        .filter(
          one => one.messageId === messageId && (sender === null || one.sender.toLowerCase() === sender.toLowerCase()),
        )
        .map(({ messageId: _messageId, day: _day, ...one }) => ({
          ...one,
          relays: [...relays.values()]
            .filter(relay => relay.letter === one.letter)
            .map(({ node, answer }) => ({ node, answer })),
        }))
    },
    ...answering(state),
  }
}

function answering({ recalls, journeys }: MemoryState): Pick<Recalls, 'answered' | 'relayAnswered'> {
  const { letters, relays } = recalls
  return {
    async answered({ letter, from, recipients }, answer, { at, evidence }) {
      const news = recipients.filter(recipient => {
        const kept = letters.get(`${letter} ${recipient}`)
        if (kept === undefined || kept.destination !== from || !kept.asked || kept.answer === answer) return false
        if (kept.answer !== null && kept.answer !== 'awaited' && kept.answer !== 'full') return false
        kept.answer = answer
        kept.answeredAt = at
        return true
      })
      const kind = letters.get(`${letter} ${news[0]}`)?.reason
      const isGone = answer === 'dropped' || answer === 'awaited'
      if (kind === undefined || kind === 'arrived' || !isGone) return news.length > 0
      journeys?.noteStation({ letter, recipients: news }, { kind, at, where: from, evidence })
      return true
    },
    async relayAnswered({ node, packet }, answer) {
      const asked = [...relays.values()].filter(one => one.node === node && one.packet === packet)
      const news = asked.filter(one => one.answer !== answer)
      for (const one of news) one.answer = answer
      return news.length > 0
    },
  }
}

function relayOf({ node, packet }: PacketRelay): PacketRelay {
  return { node, packet }
}

function take(
  { state, outbox, custody }: { state: MemoryState; outbox: MemoryOutbox; custody: MemoryCustody },
  recall: NewRecall,
  packets: readonly StoredPacket[],
): boolean {
  const { letter, recipients, everybody, at, hasLeft, destination, messageId, sender, reason } = recall
  const before = [...state.recalls.letters.values()].filter(one => one.letter === letter)
  const taken = new Set([...recipients, ...before.map(({ recipient }) => recipient)])
  const isWhole = everybody.every(recipient => taken.has(recipient))
  const kept = custody.letters.get(letter)
  const wasSent = kept !== undefined && (kept.handedOverAt !== null || kept.tries > 0)
  const isHere = packets.length > 0 && before.length === 0 && !wasSent && !packets.some(({ opened }) => opened)
  const neverLeft = isWhole && !hasLeft && isHere
  const copies = [...new Set(packets.flatMap(packet => [...packet.copies]))]
  const day = state.calendar.today
  if (isWhole) {
    for (const { id } of packets) {
      outbox.drop(id)
      state.acknowledged.set(id, day)
    }
    giveUpMemoryCustody(state, custody, outbox, { id: letter, told: reason === 'expired' })
  }
  const asked = !neverLeft && recall.asksDestination
  for (const recipient of recipients) {
    const key = `${letter} ${recipient}`
    const known = state.recalls.letters.get(key)
    if (known !== undefined) known.asked ||= asked
    const facts = { letter, recipient, sender, messageId, destination, reason, copies, at, day }
    const answer = { asked, answer: neverLeft ? ('kept' as const) : null, answeredAt: null }
    if (known === undefined) state.recalls.letters.set(key, { ...facts, ...answer })
  }
  const kind = reason === 'expired' ? 'expired' : 'recalled'
  if (neverLeft || kind === 'expired') {
    state.journeys?.noteStation({ letter, recipients }, { kind, at, where: null })
  }
  if (neverLeft) return true
  outbox.insert(recall.tombstones)
  for (const relay of recall.asksRelays) {
    const key = `${letter} ${relay.node} ${relay.packet}`
    if (!state.recalls.relays.has(key)) state.recalls.relays.set(key, { ...relay, letter, answer: null, day })
  }
  return false
}
