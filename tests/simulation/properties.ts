/** What must be true of a world that has healed. Each violation is a sentence. */
import type { Folder } from '@posthorn/imap'
import { type Recipient, type SimulatedLetter, secretMark } from './letters.ts'
import type { SimulatedNode } from './node.ts'
import { type ReadReport, readReport } from './reports.ts'
import { hopsOf } from './scenario.ts'
import type { World } from './world.ts'

interface Stored {
  readonly messageId: string
  readonly bytes: Buffer
}

interface Mailbox {
  readonly node: number
  readonly user: string
  readonly letters: readonly Stored[]
  readonly reports: readonly ReadReport[]
}

export interface Findings {
  readonly violations: readonly string[]
  readonly delivered: number
  readonly reported: number
}

export async function findingsOf(world: World): Promise<Findings> {
  const mailboxes: Mailbox[] = []
  const violations: string[] = []
  for (const node of world.nodes) {
    if (!node.up) violations.push(`${node.name} is not up after all has healed`)
    else for (const user of node.plan.users) mailboxes.push(await mailboxOf(node, user))
  }
  for (const letter of world.letters) violations.push(...judge(letter, mailboxes, world))
  for (const letter of world.letters) violations.push(...(await judgeJourneys(letter, mailboxes, world)))
  for (const letter of world.letters) violations.push(...(await judgeRecall(letter, mailboxes, world)))
  for (const mailbox of mailboxes) violations.push(...doubles(mailbox, world), ...strangers(mailbox, world))
  violations.push(...world.witness.violations)
  for (const heard of world.overheard) violations.push(`a letter can be read underway: ${heard}`)
  for (const node of world.nodes.filter(({ up }) => up)) {
    violations.push(...(await leftovers(node, world)), ...readable(node, world))
  }
  const delivered = mailboxes.reduce((sum, { letters }) => sum + letters.length, 0)
  const reported = mailboxes.reduce((sum, { reports }) => sum + reports.length, 0)
  return { violations, delivered, reported }
}

async function mailboxOf(node: SimulatedNode, user: string): Promise<Mailbox> {
  const account = node.stores.mailbox.account(user, node.address(user))
  await account.releaseHeld()
  const folder = await account.open('INBOX')
  const stored = 'refused' in folder ? [] : await lettersIn(folder)
  const reports = stored.flatMap(letter => readReport(letter.bytes) ?? [])
  return { node: node.plan.number, user, letters: stored, reports }
}

async function lettersIn(folder: Folder): Promise<Stored[]> {
  const { added } = await folder.changes(0)
  const letters: Stored[] = []
  for (const { uid } of added) {
    const chunks: Uint8Array[] = []
    for await (const chunk of (await folder.read(uid)) ?? []) chunks.push(chunk)
    const bytes = Buffer.concat(chunks)
    const [, messageId = ''] = /^Message-ID: <(.*)>\r$/im.exec(bytes.toString('latin1')) ?? []
    letters.push({ messageId, bytes })
  }
  return letters
}

/** Each recipient has it once, or its sender knows why not; and of what was said, nothing is untrue. */
function judge(letter: SimulatedLetter, mailboxes: readonly Mailbox[], world: World): string[] {
  const violations: string[] = []
  const reports = mailboxes.flatMap(mailbox =>
    mailbox.reports.filter(one => one.about === letter.messageId).map(report => ({ ...report, mailbox })),
  )
  const name = `letter ${letter.number} (${letter.messageId})`
  for (const recipient of letter.recipients) {
    const who = `${name} to ${recipient.address}`
    if (world.lostWithHomes.has(`${letter.number} ${recipient.address}`)) continue
    const here = recipient.mailboxes.map(({ node, user }) => {
      const box = mailboxes.find(mailbox => mailbox.node === node && mailbox.user === user)
      return box?.letters.some(({ messageId }) => messageId === letter.messageId) === true
    })
    const told = reports.filter(({ recipients }) => recipients.has(recipient.address))
    const failures = told.filter(report => report.recipients.get(recipient.address)?.action === 'failed')
    const isThere = here.length > 0 && here.every(Boolean)
    const isDirect = recipient.kind === 'user' || recipient.kind === 'unknown'
    if (letter.accepted && letter.hears && !letter.recalled && !isThere && failures.length === 0) {
      const excused = isExcused(letter, recipient, world) || (!isDirect && anyFailure(reports))
      if (!excused) violations.push(`${who} was accepted, and is neither there nor reported as failed`)
    }
    const overdue = failures.filter(report => report.recipients.get(recipient.address)?.status === '5.4.7')
    const isOnce = letter.tries === 1 && isDirect && !comesTwice(letter, recipient)
    if (letter.lifetimeDays !== null && isOnce && overdue.length > 1) {
      violations.push(`${who} was told ${overdue.length} times that it came too late`)
    }
    for (const report of told) {
      const { action, status } = report.recipients.get(recipient.address) ?? { action: '', status: '' }
      if (!isDirect) continue
      if (action === 'delivered' && !isThere) violations.push(`${who} was called delivered, and is not there`)
      if (action === 'failed' && isThere && status !== '5.4.7') {
        violations.push(`${who} was called failed (${status}), and is there`)
      }
      if (action === 'failed' && isThere && status === '5.4.7' && !report.admitsLateArrival) {
        violations.push(`${who} was given up for good, and is there`)
      }
    }
  }
  for (const { mailbox, recipients } of reports) {
    const direct = letter.recipients.filter(({ kind }) => kind === 'user' || kind === 'unknown')
    const isTheirs = mailbox.node === letter.node && mailbox.user === letter.user
    if (!isTheirs && direct.some(({ address, mailboxes: ends }) => recipients.has(address) && ends.length <= 1)) {
      if (!world.scenario.forward && !world.scenario.alias) violations.push(`${name}: a stranger was told of it`)
    }
  }
  return violations
}

/** Whether it is sent to them another time, by a list or by somebody who forwards. */
function comesTwice({ recipients }: SimulatedLetter, { mailboxes }: Recipient): boolean {
  const isTheirs = (end: { node: number; user: string }) =>
    mailboxes.some(({ node, user }) => end.node === node && end.user === user)
  return recipients.filter(other => other.mailboxes.some(isTheirs)).length > 1
}

/** `track` says no more than is true, and knows every letter that was accepted. */
async function judgeJourneys(letter: SimulatedLetter, mailboxes: readonly Mailbox[], world: World): Promise<string[]> {
  const node = world.nodes[letter.node]
  if (node === undefined || !node.up || !letter.accepted) return []
  const journeys = await node.stores.journeys.ofMessage(letter.messageId, { sender: null, limit: 100 })
  const violations: string[] = []
  for (const { address, mailboxes: ends, kind, node: at } of letter.recipients) {
    if (kind !== 'user' && kind !== 'unknown') continue
    const who = `letter ${letter.number} (${letter.messageId}) to ${address}`
    if (world.lostWithHomes.has(`${letter.number} ${address}`)) continue
    const journey = journeys.find(({ recipient }) => recipient === address)
    if (journey === undefined && at !== letter.node) violations.push(`${who} was accepted and has no journey`)
    const isThere = mailboxes.some(
      ({ node: place, user, letters }) =>
        ends.some(end => end.node === place && end.user === user) &&
        letters.some(({ messageId }) => messageId === letter.messageId),
    )
    const claims = journey?.stations.filter(({ kind: station }) => claimsDelivery.has(station)) ?? []
    if (claims.length > 0 && !isThere) violations.push(`${who} is called delivered by its journey, and is not there`)
  }
  return violations
}

/** What is said of a letter that was taken back is so. */
async function judgeRecall(letter: SimulatedLetter, mailboxes: readonly Mailbox[], world: World): Promise<string[]> {
  const node = world.nodes[letter.node]
  // What was handed in twice are two packets, of which one may have come before.
  if (node === undefined || !node.up || !letter.recalled || letter.tries > 1) return []
  const known = await node.stores.spool.recalls.ofMessage(letter.messageId, null)
  return known.flatMap(({ recipient: address, answer }) => {
    const recipient = letter.recipients.find(one => one.address === address)
    if (recipient?.kind !== 'user' || world.lostWithHomes.has(`${letter.number} ${address}`)) return []
    // What another recipient forwarded is a letter of theirs.
    if (comesTwice(letter, recipient)) return []
    const isThere = mailboxes.some(
      ({ node: place, user, letters }) =>
        recipient.mailboxes.some(end => end.node === place && end.user === user) &&
        letters.some(({ messageId }) => messageId === letter.messageId),
    )
    if (isThere && (answer === 'kept' || answer === 'dropped' || answer === 'awaited'))
      return [`letter ${letter.number} (${letter.messageId}) to ${address}: taken back (${answer}), and is there`]
    if (!isThere && answer === 'late')
      return [`letter ${letter.number} (${letter.messageId}) to ${address}: too late to take back, and is not there`]
    return []
  })
}

const claimsDelivery: ReadonlySet<string> = new Set(['delivered', 'fetched', 'read'])

function anyFailure(reports: readonly ReadReport[]): boolean {
  return reports.some(({ recipients }) => [...recipients.values()].some(({ action }) => action === 'failed'))
}

/**
 * A neighbour that never acknowledges is trusted with whatever was put on its stick; and a report that finds no way
 * back for as long as letters are kept is given up itself, as every letter without a sender.
 */
function isExcused(letter: SimulatedLetter, recipient: Recipient, world: World): boolean {
  const { pairs, forward } = world.scenario
  const nodes = [recipient.node, ...recipient.mailboxes.map(({ node }) => node)]
  // Lists and people who forward send it on from where they are.
  const starts = [letter.node, recipient.node, ...(recipient.kind === 'alias' && forward ? [forward.node] : [])]
  // Reports may come back another way.
  const hops = starts.flatMap(start =>
    nodes.flatMap(node => [...hopsOf(pairs, start, node), ...hopsOf(pairs, node, start)]),
  )
  return hops.some(({ custody, oneWay }) => custody === 'copy' || oneWay)
}

function doubles({ node, user, letters }: Mailbox, world: World): string[] {
  const counts = new Map<string, number>()
  for (const { messageId } of letters) counts.set(messageId, (counts.get(messageId) ?? 0) + 1)
  return [...counts]
    .filter(([, count]) => count > 1)
    .map(([messageId, count]) => `${world.nodes[node]?.name}/${user} has ${messageId} ${count} times`)
}

/** What is in a mailbox was sent there, and is what was sent. */
function strangers({ node, user, letters }: Mailbox, world: World): string[] {
  const violations: string[] = []
  for (const { messageId, bytes } of letters) {
    const letter = world.letters.find(one => one.messageId === messageId)
    const where = `${world.nodes[node]?.name}/${user}`
    if (letter === undefined) {
      if (readReport(bytes) === undefined) violations.push(`${where} has a letter that nobody wrote: ${messageId}`)
      continue
    }
    const ends = letter.recipients.flatMap(({ mailboxes }) => mailboxes)
    if (!ends.some(end => end.node === node && end.user === user)) {
      const isForward = world.scenario.forward?.node === node && world.scenario.forward.user === user
      if (!isForward) violations.push(`${where} has ${messageId}, which is not for them`)
    }
    if (!bytes.subarray(bytes.length - letter.bytes.length).equals(letter.bytes)) {
      violations.push(`${where} has ${messageId} with other bytes than were sent`)
    }
  }
  return violations
}

/** Nothing waits any more, and nothing was left lying about. */
async function leftovers(node: SimulatedNode, world: World): Promise<string[]> {
  const violations: string[] = []
  const { spool } = node.stores
  const waiting = (await spool.inbox.summary()).packets
  if (waiting > 0) violations.push(`${node.name} has ${waiting} packets in its inbox`)
  for (const { nextHop, packets } of await world.waitingAt(node)) {
    const next = world.nodes.find(({ identity }) => identity.id === nextHop)
    violations.push(`${node.name} has ${packets} packets for ${next?.name} in its outbox`)
  }
  for (const { destination, letters } of await spool.custody.summary()) {
    if (letters === 0 || world.isOneWay(node, destination)) continue
    const to = world.nodes.find(({ identity }) => identity.id === destination)
    violations.push(`${node.name} has ${letters} letters for ${to?.name} in custody`)
  }
  if (node.plan.stores === 'memory' || violations.length > 0) return violations
  const count = (sql: string) => node.database.get<{ count: number }>(sql)?.count ?? 0
  const bodies = count(`SELECT count(*) AS count FROM bodies
    WHERE id NOT IN (SELECT id FROM outbox UNION SELECT id FROM inbox UNION SELECT id FROM custody WHERE has_body = 1
      UNION SELECT body FROM quarantine WHERE body NOT NULL)`)
  if (bodies > 0) violations.push(`${node.name} keeps ${bodies} bodies that nothing names`)
  for (const [path] of node.disk.files()) {
    const [, body] = /\/bodies\/..\/([A-Z2-7]+)$/.exec(path) ?? []
    const isNamed = body !== undefined && node.database.get('SELECT 1 FROM bodies WHERE id = ?', body) !== undefined
    const isLeft = path.startsWith('/home/spool/') && !isNamed && !path.includes('/partial')
    if (isLeft || /\/tmp\/[^/]+$/.test(path)) violations.push(`${node.name} has left ${path}`)
  }
  return violations
}

/** In the stores of nodes that only carry a letter nothing of it can be read. */
function readable(node: SimulatedNode, world: World): string[] {
  const allowed = new Set(
    world.letters
      .filter(({ node: from, recipients }) => {
        const ends = recipients.flatMap(({ mailboxes, node: to }) => [to, ...mailboxes.map(end => end.node)])
        // On the way from a list to somebody who forwards, others read it than those it ends with.
        const { alias, forward } = world.scenario
        if (recipients.some(({ kind }) => kind === 'alias' || kind === 'forwarded')) {
          ends.push(...[alias?.toNode, forward?.node].filter(one => one !== undefined))
        }
        return from === node.plan.number || ends.includes(node.plan.number)
      })
      .map(({ secret }) => secret),
  )
  const violations: string[] = []
  const look = (place: string, bytes: Buffer) => {
    for (let at = bytes.indexOf(secretMark); at >= 0; at = bytes.indexOf(secretMark, at + 1)) {
      const [secret = ''] = /^[a-z0-9-]+/.exec(bytes.toString('latin1', at, at + 60)) ?? []
      if (!allowed.has(secret)) violations.push(`${node.name} can read ${secret} in ${place}`)
    }
  }
  for (const [path, bytes] of node.disk.files()) look(path, Buffer.from(bytes))
  const tables = node.database.all<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table'`)
  for (const { name } of tables) {
    for (const row of node.database.all<Record<string, unknown>>(`SELECT * FROM ${name}`)) {
      for (const value of Object.values(row)) {
        if (typeof value === 'string') look(name, Buffer.from(value))
        else if (value instanceof Uint8Array) look(name, Buffer.from(value))
      }
    }
  }
  return violations
}
