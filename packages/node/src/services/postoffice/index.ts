/**
 * The post office understands letters: it takes them in, finds their way, opens what arrives and acts on it.
 *
 * It promises: what `submit` resolved for is delivered exactly once, or its sender is told why not. It fails when its
 * stores fail; then nothing is said to be done, and the packet or the client tries again. It never moves a packet: it
 * meets the courier only in the spool, and each tells the other by hints.
 */
import {
  type NodeId,
  type PacketId,
  type PrivateIdentity,
  priorityNiceness,
  type RandomSource,
  type Suite,
} from '@posthorn/nncp'
import type { Clock } from '../../base/clock.ts'
import { isAbort, messageOf } from '../../base/errors.ts'
import { Hint } from '../../base/hint.ts'
import type { Service } from '../../base/lifecycle.ts'
import type { Log } from '../../base/log.ts'
import type { Directory } from '../../stores/directory/directory.ts'
import type { IncomingFiles } from '../../stores/incoming/incoming.ts'
import type { MailboxStore } from '../../stores/mailbox/mailbox.ts'
import type { InboundPacket, Spool } from '../../stores/spool/spool.ts'
import { type AreaSent, type AreaSubmission, sendToArea } from './areas/send.ts'
import { type FilesOut, filesOut } from './files-out.ts'
import { giveUp, giveUpStranded } from './give-up.ts'
import { areaContext } from './handlers/area.ts'
import { type RelayPolicy, relayContext } from './handlers/relay.ts'
import { nodeDomain } from './letter/address.ts'
import { postofficeLimits } from './limits.ts'
import { router } from './route.ts'
import { type SealContext, sealAck } from './seal.ts'
import { judge, type RecipientVerdict, type SubmitContext, type SubmittedLetter, submit } from './submit.ts'
import { type TossContext, toss } from './toss.ts'

export { ownFolderOf } from './areas/inside.ts'
export type { AreaSubmission } from './areas/send.ts'
export type { RelayPolicy } from './handlers/relay.ts'
export { nodeDomain } from './letter/address.ts'
export { mailHandle } from './seal.ts'

export interface PostOfficeOptions {
  readonly identity: PrivateIdentity
  readonly name: string
  /** Real domains whose mail ends here. */
  readonly domains: readonly string[]
  readonly spool: Spool
  readonly mailbox: MailboxStore
  readonly directory: Directory
  readonly incoming: IncomingFiles
  /** For files of neighbours that have no other folder for them. */
  readonly incomingFolder: string
  readonly suite: Suite
  readonly random: RandomSource
  readonly clock: Clock
  readonly log: Log
  readonly messageBytesMax: number
  readonly packetBytesMax: number
  readonly relay: RelayPolicy
  /** Called when the outbox has something new: a hint for the courier. */
  readonly departed: () => void
}

export interface PostOffice extends Service, FilesOut {
  judge(recipient: string): Promise<RecipientVerdict>
  submit(letter: SubmittedLetter): Promise<{ messageId: string }>
  /** A message of ours to an area; resolves when the copies for its subscribers are in the outbox. */
  sendToArea(submission: AreaSubmission, signal: AbortSignal): Promise<AreaSent>
  /** Begins to toss what lies in the inbox and what arrives. */
  start(): void
  /** A hint: the inbox has something new. */
  readonly arrived: () => void
  /** Resolves when all that is due in the inbox now has been tossed. */
  readonly settled: (signal: AbortSignal) => Promise<void>
  /** A neighbour handed a packet over again: our acknowledgement was lost on the way to it, so it gets another. */
  readonly acknowledgeAgain: (id: PacketId, handedBy: NodeId) => Promise<void>
  /** A neighbour was removed: what waits for it leaves, and the senders are told. Answers how many packets. */
  giveUp(nextHop: NodeId): Promise<number>
  /** The same for whatever waits for nodes that are no neighbours. */
  giveUpStranded(): Promise<void>
}

export function postOffice(options: PostOfficeOptions): PostOffice {
  const { identity, name, domains, spool, mailbox, directory, suite, random, clock, packetBytesMax } = options
  const log = options.log.with({ room: 'postoffice' })
  const stopping = new AbortController()
  const now = () => clock.now()
  const domain = nodeDomain(name, identity.id)
  const self = { id: identity.id, name, domains }
  const route = router({ self, directory })
  const seal: SealContext = { identity, suite, random, spool, directory, packetBytesMax }
  const { departed, messageBytesMax } = options
  const submitting: SubmitContext = { seal, route, mailbox, random, log, domain, now, departed }
  const mail = { self, domain, seal, route, mailbox, now }
  const relay = relayContext({ policy: options.relay, seal, now })
  const files = { incoming: options.incoming, directory, incomingFolder: options.incomingFolder, now }
  const inside = { mail, files, spool, messageBytesMax }
  const areas = areaContext({ seal, inside, waitingBytesMax: options.relay.bytesMax, now })
  const handlers = { mail, relay, files, areas }
  const tossing: TossContext = { identity, spool, directory, ...handlers, log, messageBytesMax, now, departed }
  const leaving = { self, domain, spool, mailbox, directory, route, log, now }
  const loop = tossLoop({ ...options, log, context: tossing }, stopping.signal)

  return {
    judge: recipient => judge(route, recipient),
    submit: letter => submit(submitting, letter, stopping.signal),
    ...filesOut({ seal, log, now, departed }, stopping.signal),
    async sendToArea(submission, signal) {
      const sent = await sendToArea(seal, submission, { at: now(), signal: AbortSignal.any([signal, stopping.signal]) })
      log.info('message sent to an area', { area: submission.area.name, areaMessage: sent.id, copies: sent.copies })
      departed()
      return sent
    },
    start: loop.start,
    arrived: loop.arrived,
    settled: loop.settled,
    acknowledgeAgain: async (id, handedBy) => {
      const seen = await spool.inbox.seen(id)
      const to = seen?.outcome === 'taken' ? await directory.neighbours.get(handedBy) : undefined
      if (to === undefined || to.custody !== 'ack') return
      const ack = await sealAck(seal, { to, packetId: id, niceness: priorityNiceness, at: now() }, stopping.signal)
      await spool.outbox.commit([ack])
      departed()
    },
    giveUp: nextHop => giveUp(leaving, nextHop),
    giveUpStranded: () => giveUpStranded(leaving),
    async stop() {
      stopping.abort()
      await loop.stopped()
    },
  }
}

interface TossLoop {
  readonly start: () => void
  readonly arrived: () => void
  readonly settled: (signal: AbortSignal) => Promise<void>
  stopped(): Promise<void>
}

/** Finds its work by reading the inbox; hints and the clock only say when to look. */
function tossLoop(
  options: { spool: Spool; clock: Clock; log: Log; context: TossContext },
  signal: AbortSignal,
): TossLoop {
  const { spool, clock, log, context } = options
  const hint = new Hint()
  let waiting: (() => void)[] = []
  let running: Promise<void> = Promise.resolve()

  // Side by side only within one niceness: Delta Chat's large second half of a message must not overtake the first.
  const tossDue = async (): Promise<boolean> => {
    const due = await spool.inbox.due(clock.now(), postofficeLimits.tossesAtOnceMax)
    const urgent = sideBySide(due)
    // All come to their end, whatever becomes of one: a packet is never tossed twice at a time, nor after a stop.
    const tosses = await Promise.allSettled(urgent.map(packet => toss(context, packet, signal)))
    for (const tossed of tosses) if (tossed.status === 'rejected') throw tossed.reason
    return due.length > 0
  }

  const run = async () => {
    while (!signal.aborted) {
      const asked = waiting
      waiting = []
      try {
        while (await tossDue());
        for (const resolve of asked) resolve()
        if (waiting.length === 0) await untilWorkMayBeDue(spool, clock, hint, signal)
      } catch (error) {
        waiting.push(...asked)
        if (isAbort(error)) continue
        log.error('the inbox could not be worked on', { reason: messageOf(error) })
        await clock.sleep(postofficeLimits.retryDelayMsMin, signal).catch(() => undefined)
      }
    }
    for (const resolve of waiting) resolve()
  }

  return {
    start: () => {
      running = run()
    },
    arrived: () => hint.notify(),
    settled: asked =>
      new Promise(resolve => {
        if (asked.aborted || signal.aborted) return resolve()
        const done = () => {
          asked.removeEventListener('abort', done)
          resolve()
        }
        asked.addEventListener('abort', done, { once: true })
        waiting.push(done)
        hint.notify()
      }),
    stopped: () => running,
  }
}

/** The first of them that are as urgent, as many as are small together. */
function sideBySide(due: readonly InboundPacket[]): readonly InboundPacket[] {
  let bytes = 0
  const end = due.findIndex((packet, position) => {
    bytes += packet.sizeBytes
    const fits = position === 0 || bytes <= postofficeLimits.tossedBytesAtOnceMax
    return !fits || packet.niceness !== due[0]?.niceness
  })
  return end === -1 ? due : due.slice(0, end)
}

async function untilWorkMayBeDue(spool: Spool, clock: Clock, hint: Hint, signal: AbortSignal): Promise<void> {
  const dueAt = await spool.inbox.nextDueAt()
  if (dueAt === null) return hint.wait(signal)
  const enough = new AbortController()
  const stop = AbortSignal.any([signal, enough.signal])
  const delayMs = Math.min(Math.max(0, dueAt - clock.now()), postofficeLimits.retryDelayMsMax)
  try {
    await Promise.race([hint.wait(stop), clock.sleep(delayMs, stop).catch(() => undefined)])
  } finally {
    enough.abort()
  }
}
