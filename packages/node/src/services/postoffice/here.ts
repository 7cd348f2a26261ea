/**
 * Letters that have come to an address of this node: into mailboxes, and on to where people want them.
 *
 * It promises: what it answers as `outbound` is all that has to leave, and is committed by the caller together with
 * what ends its custody; so a forwarded copy is as safe as a delivered letter, and leaves once, though all of this is
 * done again. Nobody is in a circle for ever: aliases and forwards are followed once each, a copy says in
 * `Delivered-To` whose it was, and a letter that comes back is not sent on again but put into the mailbox. Bounces are
 * not forwarded. It fails as its stores do; then nothing has left.
 */
import { createHash } from 'node:crypto'
import type { Directory } from '../../stores/directory/directory.ts'
import type { Traced } from '../../stores/mailbox/fetched.ts'
import type { Came, MailboxStore, Quota } from '../../stores/mailbox/mailbox.ts'
import type { Body, Excerpt, InboundPacket, NewOutbound } from '../../stores/spool/index.ts'
import { excerptOf } from './letter/excerpt.ts'
import type { LetterHead } from './letter/header.ts'
import { beenThrough } from './letter/loops.ts'
import type { ReportedRecipient } from './letter/report.ts'
import { postofficeLimits } from './limits.ts'
import { type Outside, type OutsidePlan, queueOutside, senderFault } from './outside.ts'
import type { ListRoute, LocalRoute, Router } from './route.ts'
import { fitsAlone, groupRecipients, type SealContext, sealLetter } from './seal.ts'

export interface HereContext {
  /** This node's own domain. */
  readonly domain: string
  readonly seal: SealContext
  readonly route: Router
  readonly directory: Directory
  readonly mailbox: MailboxStore
  readonly outside: Outside
  /** What a user's mail may become. */
  readonly quotaOf: (user: string) => Quota
  readonly account?: OwnAccount | undefined
  /** Whether it is noted how letters came, and whether copies that are sent on have journeys. */
  readonly tracks: boolean
  readonly now: () => number
}

/** The node's own account reads letters of people who live here, under the addresses that they log in with. */
export interface OwnAccount {
  readonly user: string
  /** A hint: it has got a letter. */
  readonly arrived: () => void
}

export interface HereRecipient {
  /** As the letter has it. */
  readonly address: string
  readonly found: LocalRoute | ListRoute
}

export interface LetterHere {
  readonly recipients: readonly HereRecipient[]
  readonly head: Pick<LetterHead, 'deliveredTo' | 'isAutomatic' | 'from'>
  readonly body: Body
  /** Null: none known. */
  readonly returnPath: string | null
  /** As `SubmittedLetter.login`. */
  readonly login?: string | undefined
  readonly messageId: string | null
  /** Whose journeys they are, by the recipient. */
  readonly traced?: ((recipient: string) => Traced) | undefined
  /** Made by this node itself. */
  readonly once?: string | undefined
  /** Not given: it was handed in here. */
  readonly packet?: Pick<InboundPacket, 'source' | 'handedBy' | 'receivedAt'>
  /** Names this act of delivery. */
  readonly deliveryId: string
  readonly niceness: number
  /** A letter that has travelled may go beyond the quota by a little; null: there is none for it. */
  readonly quota: 'exact' | 'reserve' | null
  /** How often it must say in `Delivered-To` that it has been somewhere, to be in a circle. */
  readonly roundsMin: number
}

export interface DoneHere {
  /** What came of it, by user. */
  readonly mailboxes: Readonly<Record<string, string>>
  /** Copies that are to leave. The caller commits and discards them. */
  readonly outbound: readonly NewOutbound[]
  readonly failed: readonly ReportedRecipient[]
  /** Recipients of whose letters copies leave, as the letter has them. */
  readonly sentOn: readonly string[]
}

export async function deliverHere(context: HereContext, letter: LetterHere, signal: AbortSignal): Promise<DoneHere> {
  const course = await new Course(context, letter).find()
  const outbound: NewOutbound[] = []
  try {
    const isOwed = course.copies.size > 0 && !letter.head.isAutomatic
    const excerpt = isOwed ? await excerptOf(letter.body, false) : undefined
    for (const copy of course.copies.values()) {
      outbound.push(...(await sealCopy(context, { ...letter, excerpt }, copy, signal)))
    }
    const mailboxes: Record<string, string> = {}
    const failed = new Map(course.failed.map(one => [one.address, one]))
    for (const [user, address] of course.users) {
      const refusal = user === context.account?.user ? await refusalOf(context, letter) : undefined
      if (refusal !== undefined) {
        mailboxes[user] = 'refused'
        failed.set(address, { address, status: '5.7.1', reason: refusal })
        continue
      }
      const outcome = await putInto(context, letter, user, address)
      mailboxes[user] = outcome
      if (user === context.account?.user) context.account.arrived()
      if (outcome === 'full') failed.set(address, { address, status: '5.2.2', reason: fullReason(address) })
    }
    return { mailboxes, outbound, failed: [...failed.values()], sentOn: [...course.sentOn] }
  } catch (error) {
    for (const { staged } of outbound) await staged.discard()
    throw error
  }
}

function fullReason(address: string): string {
  return `The mailbox of ${address} is full`
}

/**
 * Who it is from is what its answer goes by: a letter in somebody else's name is not read. What comes in by LMTP or by
 * programs of this machine may be a stranger's, whatever it says.
 */
async function refusalOf(
  { account, route }: HereContext,
  { head, returnPath, login }: LetterHere,
): Promise<string | undefined> {
  const found = returnPath === null || returnPath === '' ? undefined : await route(returnPath)
  const isOurs = found?.kind === 'local' && found.user !== account?.user && found.user === login
  if (isOurs && head.from?.toLowerCase() === returnPath?.toLowerCase()) return undefined
  return 'This account reads only letters of people who live here, handed in with their own login and address'
}

async function putInto(context: HereContext, letter: LetterHere, user: string, address: string): Promise<string> {
  const { mailbox, quotaOf } = context
  const { body, returnPath, messageId, deliveryId, quota, traced } = letter
  const trace = traced === undefined ? {} : { traced: traced(address) }
  const at = context.now()
  const came = context.tracks ? { came: cameBy(letter, at) } : {}
  const delivery = { user, body, returnPath, messageId, deliveryId, ...trace, ...came, at }
  if (quota === null) return mailbox.deliver(delivery)
  const exact = quotaOf(user)
  return mailbox.deliver({ ...delivery, quota: quota === 'exact' ? exact : withReserve(exact) })
}

/** Who hands in without a login, by LMTP or a program, may bring what was written anywhere. */
function cameBy({ packet, login, once }: LetterHere, at: number): Came {
  if (packet === undefined) {
    const isFromHere = login !== undefined || once !== undefined
    return { road: isFromHere ? null : 'outside', broughtBy: null, takenInAt: at }
  }
  return { road: packet.source, broughtBy: packet.handedBy, takenInAt: packet.receivedAt }
}

/** A tenth more, and not less than a few letters. */
function withReserve({ sizeBytesMax, messagesMax }: Quota): Quota {
  const { reserveBytesMin, reserveMessagesMin } = postofficeLimits
  const more = (max: number | null, least: number) => max && max + Math.max(Math.floor(max / 10), least)
  return { sizeBytesMax: more(sizeBytesMax, reserveBytesMin), messagesMax: more(messagesMax, reserveMessagesMin) }
}

/** A copy for others, by a user or a list. */
interface Copy {
  /** Whose it was. */
  readonly deliveredTo: string
  /** Who hears when it cannot be delivered. */
  readonly returnPath: string
  readonly to: Set<string>
}

/** Follows aliases and forwards to their ends. */
class Course {
  /** Mailboxes, and the address by which each was reached. */
  readonly users = new Map<string, string>()
  readonly copies = new Map<string, Copy>()
  readonly failed: ReportedRecipient[] = []
  readonly sentOn = new Set<string>()
  readonly #context: HereContext
  readonly #letter: LetterHere
  readonly #under = new Set<string>()
  readonly #done = new Set<string>()
  #been: ReadonlySet<string> = new Set()

  constructor(context: HereContext, letter: LetterHere) {
    this.#context = context
    this.#letter = letter
  }

  async find(): Promise<this> {
    this.#been = await beenThrough(this.#context.route, this.#letter.head, this.#letter.roundsMin)
    for (const { address, found } of this.#letter.recipients) await this.#reach(found, address)
    return this
  }

  /** Whether the letter gets anywhere by it. */
  async #reach(found: LocalRoute | ListRoute, address: string): Promise<boolean> {
    if (found.kind === 'local') return this.#reachUser(found.user, address)
    let reached = false
    for (const user of found.users) reached = (await this.#reachUser(user, address)) || reached
    // What came round has been given to those elsewhere before.
    if (this.#been.has(found.address)) return true
    const returnPath = await this.#senderFor()
    for (const to of found.outside) {
      reached = true
      if (await this.#leaves(to, returnPath)) this.#send(address, { deliveredTo: found.address, returnPath, to })
      else this.failed.push({ address, status: '5.1.2', reason: `No way is known to ${to}, whom it leads to` })
    }
    return reached
  }

  async #reachUser(user: string, address: string): Promise<boolean> {
    if (this.#done.has(user)) return true
    if (this.#under.has(user) || this.#under.size >= postofficeLimits.forwardsFollowedMax) return false
    this.#under.add(user)
    const forward = this.#letter.returnPath === '' ? null : this.#context.directory.users.settings(user)?.forward
    let reached = false
    // One that has been here before stays.
    if (forward && !this.#been.has(user)) {
      for (const to of forward.to) reached = (await this.#sendOn(user, to, address)) || reached
    }
    if (!reached || forward?.keeps !== false) this.users.set(user, address)
    this.#under.delete(user)
    this.#done.add(user)
    return true
  }

  async #sendOn(user: string, to: string, address: string): Promise<boolean> {
    const found = await this.#context.route(to)
    if (found.kind === 'local' || found.kind === 'list') return this.#reach(found, address)
    const own = `${user}@${this.#context.domain}`
    const leaves = await this.#leaves(to, own)
    // Its sender is who forwards: a node speaks for its own addresses only, and bounces find their way to somebody.
    if (leaves) this.#send(address, { deliveredTo: own, returnPath: own, to })
    return leaves
  }

  async #leaves(to: string, sender: string): Promise<boolean> {
    const found = await this.#context.route(to)
    if (found.kind === 'gateway') return senderFault(found.gateway, sender) === undefined
    return found.kind === 'node' && fitsAlone(found.address)
  }

  #send(
    recipient: string,
    { deliveredTo, returnPath, to }: { deliveredTo: string; returnPath: string; to: string },
  ): void {
    this.sentOn.add(recipient)
    const copy = this.copies.get(deliveredTo) ?? { deliveredTo, returnPath, to: new Set() }
    copy.to.add(to)
    this.copies.set(deliveredTo, copy)
  }

  /** Of copies of a list: its writer, where we may speak for them, or our postmaster; never the list itself. */
  async #senderFor(): Promise<string> {
    const { returnPath } = this.#letter
    if (returnPath === '') return ''
    const found = returnPath === null ? undefined : await this.#context.route(returnPath)
    const ours = found?.kind === 'local' || found?.kind === 'list'
    return returnPath !== null && ours ? returnPath : `postmaster@${this.#context.domain}`
  }
}

async function sealCopy(
  context: HereContext,
  letter: LetterHere & { readonly excerpt: Excerpt | undefined },
  { deliveredTo, returnPath, to }: Copy,
  signal: AbortSignal,
): Promise<NewOutbound[]> {
  const { niceness, deliveryId, excerpt, head } = letter
  const messageId = letter.messageId ?? `${hashOf([deliveryId])}@${context.domain}`
  const body = withDeliveredTo(letter.body, deliveredTo)
  const tracked = context.tracks && returnPath !== ''
  const facts = { returnPath, body, niceness, messageId, quiet: head.isAutomatic, excerpt, tracked, at: context.now() }
  const outbound: NewOutbound[] = []
  const outside: OutsidePlan = new Map()
  try {
    for (const address of to) {
      const found = await context.route(address)
      if (found.kind === 'gateway') {
        outside.set(found.gateway, (outside.get(found.gateway) ?? new Map()).set(found.address, address))
      }
      if (found.kind !== 'node') continue
      for (const recipients of groupRecipients([found.address])) {
        // The same letter, brought again, is not sent on again.
        const once = `sent-on:${hashOf([letter.messageId ?? deliveryId, deliveredTo, address])}`
        outbound.push(await sealLetter(context.seal, { ...facts, once, to: found.neighbour, recipients }, signal))
      }
    }
    // The queue knows by itself to whom it has sent a letter of this name.
    const once = `sent-on:${hashOf([letter.messageId ?? deliveryId, deliveredTo])}`
    if (outside.size > 0) await queueOutside(context.outside, { ...facts, wishes: undefined, once }, outside)
    return outbound
  } catch (error) {
    for (const { staged } of outbound) await staged.discard()
    throw error
  }
}

function hashOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40)
}

function withDeliveredTo(body: Body, address: string): Body {
  const line = Buffer.from(`Delivered-To: ${address}\r\n`, 'ascii')
  return {
    sizeBytes: line.length + body.sizeBytes,
    async *read(startBytes = 0) {
      if (startBytes < line.length) yield line.subarray(startBytes)
      yield* body.read(Math.max(0, startBytes - line.length))
    },
  }
}
