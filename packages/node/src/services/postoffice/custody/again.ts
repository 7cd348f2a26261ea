/**
 * Letters that were silent for too long go again, by another road if there is one. The letter inside is the same on
 * each, so its node knows a second copy by its id, drops it, and answers with its receipt anew.
 *
 * It promises: nothing is given up here, and nothing goes twice at a time by one road. How long is too long says the
 * spool, in time in which this node ran; it doubles with each try.
 */
import { type NodeId, wrapOnion } from '@posthorn/nncp'
import { OperatingError } from '../../../base/errors.ts'
import type { Log } from '../../../base/log.ts'
import type { Neighbour } from '../../../stores/directory/directory.ts'
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
    if (await hasGoneAgain(context, letter, signal)) sent += 1
    else await custody.waitOn(letter.id)
  }
  if (sent > 0) departed()
  return sent
}

/** False also when its bytes are gone from the disk, as the next check will find: others are not to wait for that. */
async function hasGoneAgain(context: CustodyContext, letter: KeptLetter, signal: AbortSignal): Promise<boolean> {
  try {
    return await sendAgain(context, letter, signal)
  } catch (error) {
    if (!(error instanceof OperatingError) || error.code !== 'body-missing') throw error
    context.log.error('the bytes of a letter are gone from the disk', { packetId: letter.id, reason: error.message })
    return false
  }
}

/** False: there is no road for it now. */
async function sendAgain(context: CustodyContext, letter: KeptLetter, signal: AbortSignal): Promise<boolean> {
  const { seal, log, now } = context
  const { id, destination, messageId } = letter
  const to = await seal.directory.neighbours.get(destination)
  const road = to && letter.hasBody ? await nextRoad(context, to, letter) : undefined
  const body = road && (await seal.spool.custody.open(id))
  if (to === undefined || road === undefined || body === undefined) return false
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

/** The one that was tried least, of those whose relays are known and on which nothing waits yet. */
async function nextRoad(
  { seal }: CustodyContext,
  to: Neighbour,
  letter: KeptLetter,
): Promise<readonly NodeId[] | undefined> {
  const all = [to.via, ...to.otherRoads, []]
  const roads = new Map<string, readonly NodeId[]>(all.map(road => [road.join(' '), road]))
  const tried = new Map(letter.roads.map(one => [one.road.join(' '), one]))
  const open: { road: readonly NodeId[]; tries: number }[] = []
  for (const [name, road] of roads) {
    const known = await Promise.all(road.map(relay => seal.directory.neighbours.get(relay)))
    const { waits = false, tries = 0 } = tried.get(name) ?? {}
    if (!waits && known.every(relay => relay !== undefined)) open.push({ road, tries })
  }
  return open.sort((one, other) => one.tries - other.tries)[0]?.road
}
