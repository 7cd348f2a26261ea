/** What came out, against what the nodes said yes to. */
import { lettersOnDisk } from '../support/mail.ts'
import { type JourneyFindings, judgeJourneys } from './journeys.ts'
import { bodyOf, hashOf, type Letter, type Seen, seenOf } from './letters.ts'
import type { Handing, Senders } from './senders.ts'
import { inWords, whatWaits } from './waiting.ts'
import type { Resident, World } from './world.ts'

export interface Verdict {
  /** Letters × recipients that were said yes to. */
  readonly wanted: number
  readonly delivered: number
  /** Reports that came: of strangers, of letters that were given up. */
  readonly reports: number
  readonly journeys: number
  readonly states: Readonly<Record<string, number>>
  /** Each a sentence. */
  readonly lost: readonly string[]
  readonly doubled: readonly string[]
  /** Claims that are not so: letters that came and are said to have failed, that nobody wrote, that were changed. */
  readonly untrue: readonly string[]
  /** What waits although all roads are well. */
  readonly stuck: readonly string[]
}

interface Findings extends JourneyFindings {
  delivered: number
  reports: number
  readonly lost: string[]
  readonly doubled: string[]
}

export async function compare(world: World, senders: Senders): Promise<Verdict> {
  const findings: Findings = {
    ...{ delivered: 0, reports: 0, journeys: 0, states: {} },
    ...{ lost: [], doubled: [], untrue: [], stuck: [] },
  }
  // Before apps look: that they fetched is told with receipts, and the sticks do not move any more.
  const waiting = inWords(await whatWaits(world))
  const inboxes = new Map<Resident, Seen[]>()
  const looked = await Promise.all(world.residents.map(resident => lookInto(world, resident, findings)))
  for (const [index, resident] of world.residents.entries()) inboxes.set(resident, looked[index] ?? [])
  for (const handing of senders.handings) judge(world, senders, handing, inboxes, findings)
  for (const [resident, letters] of inboxes) judgeRest(senders, resident, letters, findings)
  await judgeJourneys(world, senders, inboxes, findings)
  const wanted = senders.handings.reduce((sum, { letter }) => sum + letter.to.length, 0)
  return { ...findings, wanted, stuck: [...findings.stuck, ...waiting] }
}

/** What lies in the Maildir; it is said when IMAP shows anything else. */
async function lookInto(world: World, resident: Resident, findings: Findings): Promise<Seen[]> {
  const onDisk = (await lettersOnDisk(world.daemon(resident.node).node.home, resident.name)).map(seenOf)
  const answer = await world.apps(resident.node).ask({ kind: 'read', access: resident.access })
  const byImap = answer.kind === 'letters' ? answer.letters : []
  if (keysOf(onDisk) !== keysOf(byImap)) {
    const why = answer.kind === 'failed' ? `: ${answer.message}` : ''
    findings.untrue.push(`${nameOf(resident)}: IMAP shows ${byImap.length} letters of ${onDisk.length}${why}`)
  }
  return onDisk
}

function judge(
  world: World,
  senders: Senders,
  handing: Handing,
  inboxes: ReadonlyMap<Resident, readonly Seen[]>,
  findings: Findings,
): void {
  const { letter } = handing
  const name = letter.messageId
  if (handing.refused !== undefined) findings.untrue.push(`${name} was refused for good: ${handing.refused}`)
  const reports = (inboxes.get(world.resident(letter.from)) ?? []).filter(seen => seen.about?.messageId === name)
  const failed = (address: string) =>
    reports.filter(({ about }) => about?.recipients.includes(address) && about.actions.includes('failed')).length
  for (const person of letter.to) {
    const address = senders.address(person)
    const copies = (inboxes.get(world.resident(person)) ?? []).filter(seen => seen.messageId === name)
    if (copies.length > 1) findings.doubled.push(`${name} is ${copies.length} times with ${address}`)
    if (copies.length > 0) findings.delivered += 1
    if (copies.length > 0 && failed(address) > 0) findings.untrue.push(`${name} came to ${address}; the report says no`)
    if (copies.length > 0 || failed(address) > 0) continue
    const taken = handing.taken.has(address) ? 'said yes to' : `never taken in ${handing.tries} tries`
    findings.lost.push(`${name} from ${nameOf(letter.from)} to ${nameOf(person)}: ${taken}, ${letter.sizeBytes} bytes`)
  }
  if (letter.strangerAt === undefined) return
  const address = senders.strangerAddress(letter.strangerAt)
  const told = failed(address)
  findings.reports += told
  if (told === 0) findings.lost.push(`the report that ${name} found nobody at ${letter.strangerAt}`)
  // What was handed in again may be reported on again.
  if (told > handing.tries) findings.doubled.push(`${told} reports that ${name} found nobody at ${letter.strangerAt}`)
}

/** Nothing else may lie there, and nothing that is another letter than was written. */
function judgeRest(senders: Senders, resident: Resident, letters: readonly Seen[], findings: Findings): void {
  const written = new Map(senders.handings.map(({ letter }) => [letter.messageId, letter]))
  for (const seen of letters) {
    const letter = written.get(seen.about?.messageId ?? seen.messageId)
    const where = `with ${nameOf(resident)}`
    if (letter === undefined)
      findings.untrue.push(`${seen.messageId || 'a letter without a name'} is ${where}: unknown`)
    else if (seen.about !== undefined) {
      if (!isSender(letter, resident)) findings.untrue.push(`a report about ${letter.messageId} is ${where}`)
    } else if (!letter.to.some(({ node, name }) => node === resident.node && name === resident.name)) {
      findings.untrue.push(`${letter.messageId} is ${where}, who is no recipient`)
    } else if (seen.bodyHash !== hashOf(bodyOf(letter)))
      findings.untrue.push(`${letter.messageId} ${where} was changed`)
  }
}

const isSender = (letter: Letter, { node, name }: Resident) => letter.from.node === node && letter.from.name === name
const nameOf = ({ node, name }: { node: string; name: string }) => `${name}@${node}`
const keysOf = (letters: readonly Seen[]) =>
  letters
    .map(({ messageId, bodyHash }) => `${messageId} ${bodyHash}`)
    .sort()
    .join('\n')
