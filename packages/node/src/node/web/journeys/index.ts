/**
 * Where messages are, for the web: what is asked by the numbers of messages in somebody's own account is answered from
 * the journeys and arrivals of this node.
 *
 * It promises: nobody learns of another's letters. A Message-ID never comes from a client but from the chat engine, out
 * of the caller's own account; of the journeys under it only those are told whose sender is an address of the caller,
 * and of arrivals only those in the caller's own mailbox. It fails as the stores and the engine do; nothing is guessed.
 */
import type { ArrivalView, BriefView, JourneyView, RecallView } from '@posthorn/api'
import type { Clock } from '../../../base/clock.ts'
import { OperatingError } from '../../../base/errors.ts'
import type { Service } from '../../../base/lifecycle.ts'
import { nextTurn } from '../../../base/turn.ts'
import type { ChatLetter, ChatServer } from '../../../services/chat-server/index.ts'
import type { CallContext, Handlers, Publish } from '../../../services/web-server/handlers.ts'
import type { Arrival } from '../../../stores/journeys/index.ts'
import { runOperation } from '../../operations/run.ts'
import type { JourneyShown } from '../../operations/tracking-types.ts'
import type { ServedNode } from '../../served.ts'
import { followNews } from './follow.ts'
import { roadsOf } from './roads.ts'
import { briefView, type Here, nodeView, recipientView } from './views.ts'
import { Watched } from './watched.ts'

export interface JourneyParts {
  readonly node: ServedNode
  readonly chat: Pick<ChatServer, 'letters'>
  readonly addressOf: (user: string) => string
  readonly publish: Publish
  readonly clock: Clock
}

type Names = 'journeys.brief' | 'journeys.show' | 'journeys.recall' | 'arrivals.show'

/** Of one message; more are said to be there. */
const recipientsMax = 200
/** What comes so much later than it was sent is late: clocks of people differ by less. */
const lateAfterMs = 3_600_000
/** Delta Chat sends the file of a message in a second one above this (measured with its core 2.57). */
const aheadAboveBytes = 140_000

export function webJourneys(parts: JourneyParts): { readonly handlers: Handlers<Names> } & Service {
  const watched = new Watched()
  const telling = followNews(parts.node, { ...parts, watched })
  return {
    handlers: {
      'journeys.brief': async ({ messages }, { user }, context) => {
        const here = await hereOf(parts.node)
        const briefs: BriefView[] = []
        for (const facts of await parts.chat.letters(user, messages, context.signal)) {
          if (!facts.mine) continue
          watched.add(user, facts.messageId, facts.message)
          const { journeys } = await journeysOf(parts, user, facts.messageId, context)
          briefs.push(
            briefView(
              facts.message,
              journeys.map(journey => recipientView(journey, here)),
            ),
          )
          await nextTurn()
        }
        return briefs
      },
      'journeys.show': async ({ message }, { user }, context) => {
        const facts = await factsOf(parts, user, message, context.signal)
        if (facts.mine) watched.add(user, facts.messageId, message)
        return showJourney(parts, user, facts, context)
      },
      'journeys.recall': async ({ message }, { user }, context) =>
        recall(parts, user, await factsOf(parts, user, message, context.signal), context),
      'arrivals.show': async ({ messages }, { user }, { signal }) => {
        const facts = (await parts.chat.letters(user, messages, signal)).filter(({ mine }) => !mine)
        return showArrivals(parts.node, user, facts)
      },
    },
    stop: () => telling.stop(),
  }
}

async function factsOf(
  { chat }: JourneyParts,
  user: string,
  message: number,
  signal: AbortSignal,
): Promise<ChatLetter> {
  const [facts] = await chat.letters(user, [message], signal)
  if (facts !== undefined) return facts
  throw new OperatingError('This message is not there any more.', { code: 'no-such-message', retry: 'never' })
}

async function hereOf({ identity, directory }: ServedNode): Promise<Here> {
  return { self: identity.id, roads: await roadsOf(directory) }
}

/** Of the caller's own letters of this name; copies to oneself are left out where there is anybody else. */
async function journeysOf(
  { node, addressOf }: JourneyParts,
  user: string,
  messageId: string,
  context: CallContext,
): Promise<{ readonly tracking: boolean; readonly journeys: readonly JourneyShown[]; readonly more: boolean }> {
  const track = (of: { sender?: string }) => {
    const params = { messageId, limit: recipientsMax + 1, ...of }
    return runOperation(node, { name: 'journey.track', params }, operationContext(context))
  }
  const isOwn = ownAddresses(node, user)
  // Letters of others under the same name must not stand in the way. An address may have been another one before.
  let found = await track({ sender: addressOf(user) })
  if (found.journeys.length === 0) found = await track({})
  const own = await filtered(found.journeys, ({ sender }) => isOwn(sender))
  // What was sealed left for another node.
  const isForOther = async ({ letters, recipient }: JourneyShown) => letters.length > 0 || !(await isOwn(recipient))
  const toOthers = await filtered(own, isForOther)
  const journeys = (toOthers.length > 0 ? toOthers : own).slice(0, recipientsMax)
  return { tracking: found.tracking, journeys, more: found.journeys.length > recipientsMax }
}

async function filtered<T>(all: readonly T[], fits: (one: T) => Promise<boolean>): Promise<T[]> {
  const fitting: T[] = []
  for (const one of all) if (await fits(one)) fitting.push(one)
  return fitting
}

/** Each address is looked up once. */
function ownAddresses({ postOffice }: ServedNode, user: string): (address: string) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>()
  return address => {
    const isOwn = known.get(address) ?? postOffice.maySendAs(user, address)
    known.set(address, isOwn)
    return isOwn
  }
}

async function showJourney(
  parts: JourneyParts,
  user: string,
  { message, messageId, mine, fileBytes }: ChatLetter,
  context: CallContext,
): Promise<JourneyView> {
  const ahead = fileBytes > aheadAboveBytes
  if (!mine) return { message, unknown: 'not-own', ahead, recipients: [], more: false }
  const here = await hereOf(parts.node)
  const { tracking, journeys, more } = await journeysOf(parts, user, messageId, context)
  const recipients = journeys.map(journey => recipientView(journey, here))
  const unknown = recipients.length > 0 ? null : tracking ? 'not-here' : 'off'
  return { message, unknown, ahead, recipients, more }
}

async function recall(
  parts: JourneyParts,
  user: string,
  { messageId, mine, fileBytes }: ChatLetter,
  context: CallContext,
): Promise<RecallView> {
  if (!mine) {
    const message = 'Only your own messages can be taken back.'
    throw new OperatingError(message, { code: 'not-own', retry: 'never' })
  }
  const { node, addressOf } = parts
  const here = await hereOf(node)
  const isOwn = ownAddresses(node, user)
  const { journeys } = await journeysOf(parts, user, messageId, context)
  // Without journeys the stores may have the letter all the same.
  const senders = new Set(journeys.map(({ sender }) => sender))
  if (senders.size === 0) senders.add(addressOf(user))
  const recipients = new Map<string, RecallView['recipients'][number]>()
  for (const sender of senders) {
    const params = { messageId, sender }
    const done = await runOperation(node, { name: 'letter.recall', params }, operationContext(context))
    for (const { recipient: address, state, node: where, copies } of done.recipients) {
      const roads = copies.map(copy => here.roads.of(copy))
      recipients.set(address, { address, state, node: where && nodeView(where, here), copies: roads })
    }
  }
  const toOthers = await filtered([...recipients.values()], async ({ address }) => !(await isOwn(address)))
  const ahead = fileBytes > aheadAboveBytes
  return { ahead, recipients: toOthers.length > 0 ? toOthers : [...recipients.values()] }
}

async function showArrivals(node: ServedNode, user: string, facts: readonly ChatLetter[]): Promise<ArrivalView[]> {
  const here = await hereOf(node)
  const found = await node.journeys.arrivals(
    user,
    facts.map(({ messageId }) => messageId),
  )
  const arrivals = new Map(found.map(arrival => [arrival.messageId, arrival]))
  const views: ArrivalView[] = []
  for (const { message, messageId, sentAt } of facts) {
    const arrival = arrivals.get(messageId)
    const late = arrival !== undefined && arrival.at - sentAt >= lateAfterMs
    const arrivedAt = arrival?.at ?? null
    views.push({ message, sentAt, arrivedAt, late, ...(await wayOf(node, arrival, here)) })
  }
  return views
}

async function wayOf(
  { directory }: ServedNode,
  arrival: Arrival | undefined,
  here: Here,
): Promise<Pick<ArrivalView, 'way' | 'road' | 'from'>> {
  if (arrival === undefined) return { way: 'unknown', road: null, from: null }
  const { road, broughtBy } = arrival
  if (road === null) return { way: 'here', road: null, from: null }
  // Another mail system brought it, and who knows from where.
  if (broughtBy === null) return { way: 'unknown', road: null, from: null }
  const name = (await directory.neighbours.get(broughtBy))?.name ?? null
  return { way: 'road', road: here.roads.of(road), from: nodeView({ id: broughtBy, name }, here) }
}

function operationContext({ signal }: CallContext): Parameters<typeof runOperation>[2] {
  return { signal, progress: () => undefined }
}
