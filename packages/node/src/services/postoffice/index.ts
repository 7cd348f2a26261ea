/**
 * The post office understands letters: it takes them in, finds their way, opens what arrives and acts on it.
 *
 * It promises: what `submit` resolved for is delivered exactly once, or its sender is told why not. It fails when its
 * stores fail; then nothing is said to be done, and the packet or the client tries again. It never moves a packet: it
 * meets the courier only in the spool, and each tells the other by hints.
 */
import { setMaxListeners } from 'node:events'
import {
  type NodeId,
  type PacketId,
  type PrivateIdentity,
  priorityNiceness,
  type RandomSource,
  type Suite,
} from '@posthorn/nncp'
import type { Clock } from '../../base/clock.ts'
import type { Service } from '../../base/lifecycle.ts'
import type { Log } from '../../base/log.ts'
import type { Directory } from '../../stores/directory/directory.ts'
import { prepareInputs } from '../../stores/files/index.ts'
import type { IncomingFiles } from '../../stores/incoming/incoming.ts'
import type { Journeys } from '../../stores/journeys/index.ts'
import type { MailboxStore, Quota } from '../../stores/mailbox/mailbox.ts'
import type { Spool } from '../../stores/spool/spool.ts'
import { type AgainContext, againHandler, askAgain, goneHandler } from './again/index.ts'
import { type AreaSent, type AreaSubmission, sendToArea } from './areas/send.ts'
import { type CheckOptions, type CheckReport, checkSpool } from './check.ts'
import { type CustodyContext, lookAfterCustody, type Resent, resend } from './custody/again.ts'
import { type FilesOut, filesOut } from './files-out.ts'
import { type GiveUpContext, giveUp, giveUpStranded } from './give-up.ts'
import { type HandoverTeller, handoverTeller } from './handed-over.ts'
import { areaContext } from './handlers/area.ts'
import { execContext } from './handlers/exec.ts'
import { type RelayPolicy, relayContext } from './handlers/relay.ts'
import type { HereContext, OwnAccount } from './here.ts'
import { nodeDomain } from './letter/address.ts'
import type { Outside } from './outside.ts'
import { passedHandler, tellPassing } from './passing/passing.ts'
import { type ConfiguredHandle, type Handles, handles } from './programs/handles.ts'
import { type DropContext, dropHandler } from './recall/drop.ts'
import { retireCopies } from './recall/retire.ts'
import {
  droppedHandler,
  type LetterToTakeBack,
  type Recalled,
  type TakeBackContext,
  takeBack,
  takeLetterBack,
  type WhatToRecall,
} from './recall/take-back.ts'
import { type ReceiptGiver, receiptGiver } from './receipts/give.ts'
import { receiptsHandler } from './receipts/take.ts'
import { type RefusedRecipient, reportRefused } from './refused.ts'
import { type RemovedPacket, type RemoveOptions, removePackets, removePartials } from './remove.ts'
import {
  type LetterReport,
  type Notice,
  type ReportContext,
  type ReportOutcome,
  report,
  reportNames,
} from './reports.ts'
import { type Router, router } from './route.ts'
import { type SealContext, sealAck } from './seal.ts'
import { judge, maySendAs, type RecipientVerdict, type SubmitContext, type SubmittedLetter, submit } from './submit.ts'
import { type ExecToSubmit, submitExec } from './submit-exec.ts'
import { type TossContext, toss } from './toss.ts'
import { type TossLoop, tossLoop } from './toss-loop.ts'
import { lookAfterWaiting, type WaitingContext, type WaitingPolicy } from './waiting.ts'

export { ownFolderOf } from './areas/inside.ts'
export type { AreaSubmission } from './areas/send.ts'
export type { RelayPolicy } from './handlers/relay.ts'
export type { OwnAccount } from './here.ts'
export { nodeDomain } from './letter/address.ts'
export type { GatewayRule, Outside } from './outside.ts'
export { type ConfiguredHandle, handleDefaults } from './programs/handles.ts'
export type { RemovedPacket } from './remove.ts'
export type { LetterReport, Notice, ReportOutcome } from './reports.ts'
export type { Route } from './route.ts'
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
  /** The ways to other mail systems. */
  readonly outside: Outside
  /** What a user's mail may become. Default: anything. */
  readonly quotaOf?: ((user: string) => Quota) | undefined
  /** Whether `name+anything` is `name`. Default true. */
  readonly plusAddresses?: boolean | undefined
  /** Programs that neighbours may run here by name, besides those that the directory has for one of them. */
  readonly handles: readonly ConfiguredHandle[]
  /** A private folder for what such programs read. */
  readonly programDirectory: string
  /** Of those that were handed in here. */
  readonly journeys: Pick<Journeys, 'ofMessage' | 'ofLetter' | 'note' | 'noteHere'>
  /** Whether the journeys of letters are kept. Default true. */
  readonly tracks?: boolean
  /** When senders of letters that wait are told so, and when they get them back. */
  readonly waiting: WaitingPolicy
  /** What may be kept of letters that were handed over, until their receipts come. Default: a gigabyte. */
  readonly custodyBytesMax?: number
  /** For those who read no reports; see `Notice`. */
  readonly notice?: (notice: Notice) => Promise<void>
  /** The node's own user, who is in no directory. */
  readonly account?: OwnAccount | undefined
  /** Called when the outbox has something new: a hint for the courier. */
  readonly departed: () => void
}

export interface PostOffice extends Service, FilesOut {
  judge(recipient: string): Promise<RecipientVerdict>
  /** Is this an address of the user, by an alias too? */
  maySendAs(user: string, address: string): Promise<boolean>
  /** Where a letter to an address would go. */
  readonly route: Router
  submit(letter: SubmittedLetter): Promise<{ messageId: string }>
  /** A message of ours to an area; resolves when the copies for its subscribers are in the outbox. */
  sendToArea(submission: AreaSubmission, signal: AbortSignal): Promise<AreaSent>
  /** Packs a call of a handle for another node. It is in the outbox when this resolves. */
  exec(call: ExecToSubmit, signal: AbortSignal): Promise<PacketId>
  /** Takes a letter of somebody here back, as far as it can be; asked again it says what is known since. */
  recall(what: WhatToRecall, signal: AbortSignal): Promise<Recalled>
  /** Begins to toss what lies in the inbox and what arrives. */
  start(): void
  /** From now on programs are run too, beside it. */
  readonly startPrograms: () => Promise<void>
  /** A hint: the inbox has something new. */
  readonly arrived: () => void
  /** Resolves when all that is due in the inbox now has been tossed. */
  readonly settled: (signal: AbortSignal) => Promise<void>
  /** The same, and the programs that were to run for packets have ended; begins them if nobody did. */
  readonly workedOff: (signal: AbortSignal) => Promise<void>
  /** A neighbour handed a packet over again: our acknowledgement was lost on the way to it, so it gets another. */
  readonly acknowledgeAgain: (id: PacketId, handedBy: NodeId) => Promise<void>
  /** A neighbour was removed: what waits for it leaves, and the senders are told. Answers how many packets. */
  giveUp(nextHop: NodeId): Promise<number>
  /** The same for whatever waits for nodes that are no neighbours. */
  giveUpStranded(): Promise<void>
  /** Tells senders who asked which of their letters passed here. Answers of how many letters. */
  tellPassing(): Promise<number>
  /**
   * Tells the sender of a letter what became of it, if that is wanted. It is on the disk when this resolves, and told
   * once for an event; rejects when it could not be kept.
   */
  readonly report: (event: LetterReport) => Promise<ReportOutcome>
  /** The same for recipients whom a letter could not be taken for. */
  reportRefused(letter: SubmittedLetter, refused: readonly RefusedRecipient[]): Promise<ReportOutcome>
  /** Warns the senders of letters that wait for long, and gives those up that have waited too long. */
  lookAfterWaiting(): Promise<{ warned: number; returned: number; expired: number }>
  /** Sends letters again that were silent for too long; this node has run for so long since the last time. */
  lookAfterCustody(ranMs: number): Promise<number>
  /** The same for letters for one node that a person knows to be lost, at once; null: all without receipt. */
  resend(which: { destination: NodeId; messageId: string | null }, signal: AbortSignal): Promise<Resent>
  /** Reads every packet in the spool again, and lets go of what the disk has damaged. */
  check(options: CheckOptions): Promise<CheckReport>
  /** Asks other nodes, once a day, for packets that were damaged on their way in. Answers how many. */
  askAgain(): Promise<number>
  readonly removePackets: (options: RemoveOptions) => AsyncIterable<RemovedPacket>
  readonly removePartials: (options: { until: number; dryRun: boolean }) => AsyncIterable<RemovedPacket>
}

function addressing(route: Router): Pick<PostOffice, 'judge' | 'maySendAs' | 'route'> {
  const judged = (recipient: string) => judge(route, recipient)
  return { judge: judged, maySendAs: (user, address) => maySendAs(route, user, address), route }
}

function namesOf({ plusAddresses, account }: PostOfficeOptions) {
  return { plusAddresses, account: account?.user }
}

const gigabyte = 1024 ** 3
const noQuota = () => ({ sizeBytesMax: null, messagesMax: null })

export function postOffice(options: PostOfficeOptions): PostOffice {
  const { identity, name, domains, spool, mailbox, directory, suite, random, clock, packetBytesMax } = options
  const log = options.log.with({ room: 'postoffice' })
  const stopping = new AbortController()
  const { signal } = stopping
  // Each packet that is worked on listens for the end.
  setMaxListeners(0, signal)
  const now = () => clock.now()
  const domain = nodeDomain(name, identity.id)
  const self = { id: identity.id, name, domains }
  const route = router({ self, directory, gateways: options.outside.gateways, ...namesOf(options) })
  const seal: SealContext = { identity, suite, random, spool, directory, packetBytesMax }
  const { departed, outside, account, quotaOf = noQuota, tracks = true } = options
  const reportName = reportNames(identity)
  const here: HereContext = { domain, seal, route, directory, mailbox, outside, quotaOf, account, tracks, now }
  const basics = { self, domain, seal, route, here, log, now, reportName }
  const { reporting, submitting } = lettersAndReports(options, basics, signal)
  const recalling: TakeBackContext = { seal, journeys: options.journeys, log, now, departed }
  const leaving = { ...reporting, spool, directory }
  const again: AgainContext = { ...leaving, seal, departed }
  const { programs, tossing } = forTossing(options, { ...basics, recalling, again })
  const ending = { ...leaving, takeBack: (letter: LetterToTakeBack) => takeLetterBack(recalling, letter, signal) }
  const handovers = handoverTeller({ ...reporting, spool })
  const custodyBytesMax = options.custodyBytesMax ?? gigabyte
  const keeping: CustodyContext = { seal, log, now, departed, custodyBytesMax }
  const giver = receiptGiver({ seal, clock, log, departed }, signal)
  const loop = tossLoop({ ...programs, spool, clock, log, toss: packet => toss(tossing, packet, signal) }, signal)

  return {
    ...addressing(route),
    submit: letter => submit(submitting, letter, signal),
    ...filesOut({ seal, log, now, departed }, signal),
    sendToArea: (submission, asked) => sendOut(submitting, submission, AbortSignal.any([asked, signal])),
    exec: (call, asked) => submitExec(submitting, call, AbortSignal.any([asked, signal])),
    recall: (what, asked) => takeBack(recalling, what, AbortSignal.any([asked, signal])),
    ...working(loop, giver, options.programDirectory),
    lookAfterCustody: ranMs => lookAfterCustody(keeping, ranMs, signal),
    resend: (which, asked) => resend(keeping, which, AbortSignal.any([asked, signal])),
    acknowledgeAgain: (id, handedBy) => acknowledgeAgain(submitting, { id, handedBy }, signal),
    giveUp: nextHop => giveUp(leaving, nextHop),
    ...reports(submitting),
    lookAfterWaiting: () => lookAfter({ ...ending, policy: options.waiting }, handovers, signal),
    check: options => checkAndAsk({ ...leaving, clock, again }, options, signal),
    askAgain: () => askAgain(again, signal),
    removePackets: options => removePackets(leaving, options),
    removePartials: options => removePartials(leaving, options),
    giveUpStranded: () => giveUpStranded(leaving),
    tellPassing: () => tellPassing({ spool, seal, now }, signal),
    async stop() {
      stopping.abort()
      await loop.stopped()
      await giver.stopped()
      await handovers.settled()
    },
  }
}

type Working = Pick<PostOffice, 'start' | 'startPrograms' | 'arrived' | 'settled' | 'workedOff'>

/** What answers a packet is in the outbox, receipts too, when it is said to be tossed. */
function working(loop: TossLoop, giver: ReceiptGiver, programDirectory: string): Working {
  let prepared: Promise<void> | undefined
  const startPrograms = async () => {
    prepared ??= prepareInputs(programDirectory)
    await prepared
    loop.startLanes()
  }
  const settled = async (asked: AbortSignal, slow?: 'slow') => {
    await loop.settled(asked, slow)
    await giver.settled()
  }
  return {
    start() {
      loop.start()
      giver.start()
    },
    startPrograms,
    arrived: loop.arrived,
    settled: asked => settled(asked),
    async workedOff(asked) {
      await startPrograms()
      await settled(asked, 'slow')
    },
  }
}

function reports(context: SubmitContext): Pick<PostOffice, 'report' | 'reportRefused'> {
  const { report } = context
  return { report, reportRefused: (letter, refused) => reportRefused(context, letter, refused) }
}

/** What opens the packets that come, and acts on them. */
function forTossing(
  options: PostOfficeOptions,
  parts: Parts & { readonly here: HereContext; readonly recalling: TakeBackContext; readonly again: AgainContext },
): { programs: Handles; tossing: TossContext } {
  const { identity, directory, spool, clock, incoming, incomingFolder, messageBytesMax, departed } = options
  const { self, here, seal, reportName, recalling, again, log, now } = parts
  const mail = { ...here, self, reportName, journeys: options.journeys }
  const drops: DropContext = { ...here, spool, atWork: new Set() }
  const relay = relayContext({ policy: options.relay, seal, now, drops })
  const files = { incoming, directory, incomingFolder, now }
  const programs = handles(options.handles, directory)
  const inside = { mail, files, spool, handles: programs, messageBytesMax }
  const areas = areaContext({ seal, inside, waitingBytesMax: options.relay.bytesMax, now })
  const exec = execContext({ handles: programs, mail, directory: options.programDirectory, clock, log })
  const told = { passed: passedHandler(options, now), gone: goneHandler(again) }
  const asked = { drop: dropHandler(drops), again: againHandler(again) }
  const receipts = receiptsHandler({ seal, log, now, retire: (...ended) => retireCopies({ seal, now }, ...ended) })
  const control = { ...asked, ...told, receipts, dropped: droppedHandler(recalling) }
  const handlers = { mail, relay, files, areas, exec, drops, control }
  return { programs, tossing: { identity, spool, directory, ...handlers, log, messageBytesMax, now, departed } }
}

async function acknowledgeAgain(
  { seal, now, departed }: SubmitContext,
  { id, handedBy }: { id: PacketId; handedBy: NodeId },
  signal: AbortSignal,
): Promise<void> {
  const { spool, directory } = seal
  await spool.receipts.again(id)
  const seen = await spool.inbox.seen(id)
  const to = seen?.outcome === 'taken' ? await directory.neighbours.get(handedBy) : undefined
  if (to === undefined || to.custody !== 'ack') return
  const ack = await sealAck(seal, { to, packetId: id, niceness: priorityNiceness, at: now() }, signal)
  await spool.outbox.commit([ack])
  departed()
}

async function sendOut(
  { seal, log, now, departed }: SubmitContext,
  submission: AreaSubmission,
  signal: AbortSignal,
): Promise<AreaSent> {
  const sent = await sendToArea(seal, submission, { at: now(), signal })
  log.info('message sent to an area', { area: submission.area.name, areaMessage: sent.id, copies: sent.copies })
  departed()
  return sent
}

type Parts = Pick<SubmitContext, 'seal' | 'route' | 'here' | 'log' | 'domain' | 'now'> &
  Pick<ReportContext, 'self' | 'reportName'>

/** Reports are handed in like letters, and some letters are reported on as they are handed in: each needs the other. */
function lettersAndReports(
  options: PostOfficeOptions,
  { self, reportName, ...parts }: Parts,
  signal: AbortSignal,
): { reporting: ReportContext; submitting: SubmitContext } {
  const { log, route, domain, now } = parts
  const notice = async (told: Notice) => {
    const { id: reportId, kind, messageId } = told
    log.info('notice for the sender of a letter', { reportId, kind, messageId })
    await options.notice?.(told)
  }
  const reporting: ReportContext = {
    ...{ self, domain, reportName, notice, log, now },
    judge: recipient => judge(route, recipient),
    submit: letter => submit(submitting, letter, signal),
  }
  const { outside, random, departed, tracks = true } = options
  const { journeys, waiting } = options
  const { lifetimeDays = 0 } = waiting
  const taking = { ...parts, outside, random, departed, tracks, journeys, lifetimeDays }
  const submitting: SubmitContext = { ...taking, report: event => report(reporting, event) }
  return { reporting, submitting }
}

/** What is damaged is asked for again at once. */
async function checkAndAsk(
  { again, ...context }: GiveUpContext & { readonly clock: Clock; readonly again: AgainContext },
  options: CheckOptions,
  signal: AbortSignal,
): Promise<CheckReport> {
  try {
    return await checkSpool(context, options)
  } finally {
    await askAgain(again, signal)
  }
}

async function lookAfter(
  context: WaitingContext,
  handovers: HandoverTeller,
  signal: AbortSignal,
): Promise<{ warned: number; returned: number; expired: number }> {
  await handovers.settled()
  return lookAfterWaiting(context, signal)
}
