/**
 * Letters that were silent for too long go again, by another road if there is one, or because a person says so. The
 * letter inside is the same on each, so its node knows a second copy by its id, drops it, and answers with its receipt
 * anew.
 *
 * It promises: nothing is given up here, and nothing goes twice at a time by one road. How long is too long says the
 * spool, in time in which this node ran; it doubles with each try.
 */
import { type NodeId, wrapOnion } from '@posthorn/nncp'
import { OperatingError } from '../../../base/errors.ts'
import type { Log } from '../../../base/log.ts'
import type { KeptLetter } from '../../../stores/spool/index.ts'
import { postofficeLimits } from '../limits.ts'
import { relaysOf, type SealContext } from '../seal.ts'

export interface CustodyContext {
  readonly seal: SealContext
  readonly log: Log
  readonly now: () => number
  readonly departed: () => void
  /** What may be kept of letters that were handed over. */
  readonly custodyBytesMax: number
}

/** Letters for one node that a person sends again. */
export interface Resent {
  readonly letters: number
  /** Without receipt, and left alone: a packet of it waits here, so that it is on its way already. */
  readonly waiting: number
  /** Their bytes are not kept any more, or no relay of any road is known. */
  readonly impossible: number
}

/** One round, after this node has run for so long since the last one. Answers how many went again. */
export async function lookAfterCustody(context: CustodyContext, ranMs: number, signal: AbortSignal): Promise<number> {
  const { seal, log, custodyBytesMax, departed } = context
  const { custody } = seal.spool
  await custody.ran(ranMs)
  const letGo = await custody.limitBodies(custodyBytesMax)
  if (letGo > 0)
    log.warn('letters without receipt became too many: the oldest cannot be sent again', { letters: letGo })
  let sent = 0
  for (const letter of await custody.silent(postofficeLimits.sentAgainAtOnceMax)) {
    if (signal.aborted) break
    const road = (await openRoads(context, letter)).sort((one, other) => one.tries - other.tries)[0]?.road
    const went = road !== undefined && (await hasGoneAgain(context, letter, road, signal))
    if (went) sent += 1
    else await custody.waitOn(letter.id)
  }
  if (sent > 0) departed()
  return sent
}

/**
 * Without waiting until it was silent for long: somebody knows that a stick is lost. By the usual road then, since
 * nothing is wrong with that.
 */
export async function resend(
  context: CustodyContext,
  which: { readonly destination: NodeId; readonly messageId: string | null },
  signal: AbortSignal,
): Promise<Resent> {
  const { custody } = context.seal.spool
  const resent = { letters: 0, waiting: 0, impossible: 0 }
  for (let after = 0; ; ) {
    const page = await custody.page(which.destination, { after, limit: postofficeLimits.sentAgainAtOnceMax })
    const last = page.at(-1)
    if (last === undefined) break
    after = last.sequence
    for (const letter of page) {
      signal.throwIfAborted()
      if (which.messageId !== null && which.messageId !== letter.messageId) continue
      const waits = letter.roads.some(road => road.waits)
      const [usual] = waits ? [] : await openRoads(context, letter)
      if (waits) resent.waiting += 1
      else if (usual !== undefined && (await hasGoneAgain(context, letter, usual.road, signal))) resent.letters += 1
      else resent.impossible += 1
    }
    if (resent.letters > 0) context.departed()
  }
  return resent
}

/** False also when its bytes are gone from the disk, as the next check will find: others are not to wait for that. */
async function hasGoneAgain(
  context: CustodyContext,
  letter: KeptLetter,
  road: readonly NodeId[],
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return await sendAgain(context, letter, road, signal)
  } catch (error) {
    if (!(error instanceof OperatingError) || error.code !== 'body-missing') throw error
    context.log.error('the bytes of a letter are gone from the disk', { packetId: letter.id, reason: error.message })
    return false
  }
}

/** False: it cannot go there now. */
async function sendAgain(
  context: CustodyContext,
  letter: KeptLetter,
  road: readonly NodeId[],
  signal: AbortSignal,
): Promise<boolean> {
  const { seal, log, now } = context
  const { id, destination, messageId } = letter
  const to = await seal.directory.neighbours.get(destination)
  const body = to && letter.hasBody ? await seal.spool.custody.open(id) : undefined
  if (to === undefined || body === undefined) return false
  const relays = await relaysOf(seal.directory, { ...to, via: road })
  const { suite, random, identity: sender } = seal
  const wrap = { suite, random, sender, niceness: letter.niceness, relays, destination }
  const limits = { signal, sizeBytesMax: seal.packetBytesMax }
  const packet =
    relays.length === 0 ? null : await seal.spool.stage(wrapOnion({ ...wrap, packet: body.read() }), limits)
  try {
    const nextHop = relays[0]?.id ?? destination
    const went = await seal.spool.custody.sendAgain(id, { packet, road, nextHop, at: now() })
    if (went) log.warn('a letter without receipt is sent again', { packetId: id, messageId, destination, nextHop })
    return went
  } finally {
    await packet?.discard()
  }
}

/** Those whose relays are known and on which nothing waits yet; the usual one is the first. */
async function openRoads(
  { seal }: CustodyContext,
  letter: KeptLetter,
): Promise<{ readonly road: readonly NodeId[]; readonly tries: number }[]> {
  const to = await seal.directory.neighbours.get(letter.destination)
  if (to === undefined) return []
  const roads = new Map<string, readonly NodeId[]>([to.via, ...to.otherRoads, []].map(road => [road.join(' '), road]))
  const tried = new Map(letter.roads.map(one => [one.road.join(' '), one]))
  const open: { road: readonly NodeId[]; tries: number }[] = []
  for (const [name, road] of roads) {
    const known = await Promise.all(road.map(relay => seal.directory.neighbours.get(relay)))
    const { waits = false, tries = 0 } = tried.get(name) ?? {}
    if (!waits && known.every(relay => relay !== undefined)) open.push({ road, tries })
  }
  return open
}
