/** What the senders' nodes say of the journeys of letters (`posthorn track`), against what became of them. */
import type { JourneyState } from '../../packages/node/src/stores/journeys/index.ts'
import type { Seen } from './letters.ts'
import type { Handing, Senders } from './senders.ts'
import type { Resident, World } from './world.ts'

export interface JourneyFindings {
  journeys: number
  /** Journeys by what is said of them at the end. */
  readonly states: Record<string, number>
  readonly untrue: string[]
  readonly stuck: string[]
}

const there: readonly JourneyState[] = ['delivered', 'fetched', 'read']
const ends: readonly JourneyState[] = ['failed', 'returned', 'expired', 'recalled', 'outside']
const journeysMax = 50

/** What is claimed is never taken back, so that it is enough to look when all is over. */
export async function judgeJourneys(
  world: World,
  senders: Senders,
  inboxes: ReadonlyMap<Resident, readonly Seen[]>,
  findings: JourneyFindings,
): Promise<void> {
  const mailboxes = new Map<string, Set<string>>()
  for (const [{ access }, letters] of inboxes) {
    mailboxes.set(access.address, new Set(letters.map(({ messageId }) => messageId)))
  }
  for (const handing of senders.handings) await judgeLetter(world, senders, handing, mailboxes, findings)
}

async function judgeLetter(
  world: World,
  senders: Senders,
  { letter, taken }: Handing,
  mailboxes: ReadonlyMap<string, ReadonlySet<string>>,
  findings: JourneyFindings,
): Promise<void> {
  const { messageId, from } = letter
  const sender = senders.address(from)
  const { journeys } = await world.daemon(from.node).ask('journey.track', { messageId, sender, limit: journeysMax })
  const told = new Set(journeys.map(({ recipient }) => recipient))
  for (const address of taken) if (!told.has(address)) findings.untrue.push(`${messageId} to ${address} has no journey`)
  for (const { recipient, state, stations } of journeys) {
    findings.journeys += 1
    findings.states[state] = (findings.states[state] ?? 0) + 1
    const isThere = mailboxes.get(recipient)?.has(messageId) === true
    const saidThere = stations.some(({ kind }) => there.some(one => one === kind))
    if (saidThere && !isThere) findings.untrue.push(`${messageId} is said to be delivered to ${recipient}, and is not`)
    if (isThere && ends.includes(state)) findings.untrue.push(`${messageId} to ${recipient} came and is said: ${state}`)
    if (![...there, ...ends].includes(state)) {
      findings.stuck.push(`the journey of ${messageId} to ${recipient} has no end: ${state}`)
    }
  }
}
