/** The spool in memory: the twin that simulations and tests live in. It loses all when the process ends. */
import { mthHasher, type PacketId, packetIdFromBytes, type Suite } from '@posthorn/nncp'
import { MemoryCalendar } from '../database/memory-calendar.ts'
import { takeIn } from '../files/index.ts'
import type { JourneyNotes } from '../journeys/journeys.ts'
import { spoolLimits } from './limits.ts'
import { memoryAsked } from './memory-asked.ts'
import { MemoryCustody, memoryCustody } from './memory-custody.ts'
import { MemoryInbox } from './memory-inbox.ts'
import { memoryMoving } from './memory-moving.ts'
import { MemoryOutbox } from './memory-outbox.ts'
import { memoryPartials } from './memory-partials.ts'
import { memoryPassing } from './memory-passing.ts'
import { memoryRecalls } from './memory-recalls.ts'
import { MemoryReceipts, memoryReceipts } from './memory-receipts.ts'
import { memoryCounts, memoryScrub } from './memory-scrub.ts'
import { MemoryBytes, MemoryStaged, type MemoryState, memoryBody } from './memory-state.ts'
import { memoryTombstones } from './memory-tombstones.ts'
import { memoryWaiting } from './memory-waiting.ts'
import { type PatiencePolicy, patiencePolicy } from './patience.ts'
import type { Quarantine, QuarantineEntry, Spool, StageOptions } from './spool.ts'
import { kept } from './words.ts'

export interface MemorySpoolOptions {
  readonly suite: Suite
  /** Turned by `prune`. */
  readonly calendar?: MemoryCalendar
  /** Told of what happens to letters. */
  readonly journeys?: JourneyNotes
  readonly patience?: PatiencePolicy
}

export function memorySpool(options: MemorySpoolOptions): Spool {
  const { calendar = new MemoryCalendar(), journeys } = options
  const state: MemoryState = {
    ...{ calendar, journeys },
    acknowledged: new Map(),
    seen: new Map(),
    relayed: new Map(),
    tombstones: new Map(),
    packetRelays: new Map(),
    recalls: { letters: new Map(), relays: new Map() },
    asked: new Map(),
    heard: new Map(),
    takenOver: new Map(),
    handedOver: new Map(),
    reported: new Map(),
    quarantine: new Map(),
    quarantineNext: 1,
    passed: [],
    lastPassed: 0,
  }
  const custody = new MemoryCustody(options.patience ?? patiencePolicy)
  const receipts = new MemoryReceipts()
  const outbox = new MemoryOutbox(state, custody)
  const partials = memoryPartials(options.suite, id => inbox.isSeen(id))
  const inbox: MemoryInbox = new MemoryInbox(state, outbox, receipts, partials)
  const rooms = { state, outbox, inbox, custody }
  return {
    outbox,
    waiting: memoryWaiting(state, outbox, custody),
    custody: memoryCustody(state, custody, outbox),
    receipts: memoryReceipts(receipts, outbox, () => state.calendar.today),
    passing: memoryPassing(state, outbox, custody),
    inbox,
    moving: memoryMoving(state, inbox, outbox),
    partials,
    quarantine: memoryQuarantine(state),
    tombstones: memoryTombstones(state, inbox, outbox),
    recalls: memoryRecalls(state, outbox, custody),
    asked: memoryAsked(state),
    scrub: memoryScrub(rooms, options.suite),
    counts: async () => memoryCounts(rooms),
    async stage(source, stageOptions) {
      const bytes = await gather(source, stageOptions)
      const hasher = mthHasher(options.suite)
      hasher.update(bytes)
      return new MemoryStaged(bytes, packetIdFromBytes(hasher.digest()), stageOptions.inner?.())
    },
    scratch: async (source, stageOptions) => new MemoryBytes(await gather(source, stageOptions)),
    keepFiles: () => async () => {},
    async prune(now) {
      const oldest = calendar.turn(now)
      for (const [id, day] of state.acknowledged) if (day < oldest) state.acknowledged.delete(id)
      for (const [id, { day }] of state.seen) if (day < oldest) state.seen.delete(id)
      for (const [id, { day }] of custody.receipted) if (day < oldest) custody.receipted.delete(id)
      for (const [id, { day }] of custody.givenUp) if (day < oldest) custody.givenUp.delete(id)
      for (const [id, { day }] of receipts.given) if (day < oldest) receipts.given.delete(id)
      for (const [id, day] of state.reported) if (day < oldest) state.reported.delete(id)
      for (const [id, day] of state.takenOver) if (day < oldest) state.takenOver.delete(id)
      for (const [id, { day }] of state.relayed) if (day < oldest) state.relayed.delete(id)
      const { letters, relays } = state.recalls
      for (const memories of [state.tombstones, state.packetRelays, letters, relays]) {
        for (const [key, { day }] of memories) if (day < oldest) memories.delete(key)
      }
      for (const [id, { day }] of state.heard) if (day < oldest) state.heard.delete(id)
    },
  }
}

async function gather(source: AsyncIterable<Uint8Array>, options: StageOptions): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  await takeIn(source, options, chunk => {
    chunks.push(Uint8Array.from(chunk))
  })
  return Uint8Array.from(Buffer.concat(chunks))
}

function memoryQuarantine(state: MemoryState): Quarantine {
  const { quarantine, asked } = state
  return {
    async note({ name, reason, source, sizeBytes, at }) {
      const entry = {
        number: state.quarantineNext,
        name: kept(name, spoolLimits.nameLettersMax),
        reason: kept(reason, spoolLimits.reasonLettersMax),
        source: kept(source, spoolLimits.sourceLettersMax),
        ...{ sizeBytes, at, kept: false, packet: null },
      }
      const notes = [...quarantine.values()].filter(entry => !entry.kept)
      const same = (other: QuarantineEntry) =>
        other.name === entry.name && other.source === entry.source && other.sizeBytes === sizeBytes
      if (notes.length >= spoolLimits.noteCountMax || notes.some(same)) return
      quarantine.set(entry.number, entry)
      state.quarantineNext += 1
    },
    async list(limit) {
      const entries = [...quarantine.values()].reverse().slice(0, limit)
      return entries.map(({ number, name, reason, source, sizeBytes, at, kept: isKept }) => {
        return { number, name, reason, source, sizeBytes, at, kept: isKept }
      })
    },
    count: async () => quarantine.size,
    open: async number => memoryBody(quarantine.get(number)?.packet?.bytes),
    async remove(number) {
      const entry = quarantine.get(number)
      if (entry?.packet === null) asked.delete(entry.name as PacketId)
      return quarantine.delete(number)
    },
    async retry(number, at) {
      const entry = quarantine.get(number)
      if (entry === undefined || entry.packet === null) return entry && 'not-kept'
      quarantine.delete(number)
      return entry.packet.goBack(at)
    },
  }
}
