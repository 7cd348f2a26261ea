/** Letters, and the apps that hand them in: again and again with the same Message-ID, until they hear a yes. */
import { isAbort, OperatingError } from '../../packages/node/src/base/errors.ts'
import type { Body, DeliveryWishes } from '../../packages/node/src/stores/spool/index.ts'
import type { Dice } from './dice.ts'
import type { SimulatedNode } from './node.ts'
import type { Scenario } from './scenario.ts'
import type { VirtualTime } from './time.ts'
import type { Trace } from './trace.ts'

/** Stands in every letter, and may stand on no wire and on no stick. */
export const secretMark = 'posthorn-secret-'

export interface Recipient {
  readonly address: string
  /** Where the letter must come to by this address; empty: nowhere. */
  readonly mailboxes: readonly { readonly node: number; readonly user: string }[]
  /** The node that the address names. */
  readonly node: number
  readonly kind: 'user' | 'alias' | 'forwarded' | 'unknown'
}

export interface SimulatedLetter {
  readonly number: number
  readonly messageId: string
  readonly node: number
  readonly user: string
  readonly recipients: readonly Recipient[]
  readonly secret: string
  readonly bytes: Uint8Array
  readonly wishes: DeliveryWishes | undefined
  /** Whether its sender wants to hear of failures. */
  readonly hears: boolean
  /** The app gives up after so many tries. */
  readonly triesMax: number
  readonly handedInAtMs: number
  /** Its sender takes it back so long after it was accepted; null: never. */
  readonly recalledAfterMs: number | null
  /** By its `Expires:`; null: it has none. */
  readonly lifetimeDays: number | null
  recalled: boolean
  accepted: boolean
  /** Of the simulation; infinite: never. */
  acceptedAtMs: number
  /** Refused for good, or the app gave up: the person knows. */
  refused: boolean
  tries: number
}

export function letterOf(dice: Dice, number: number, nodes: readonly SimulatedNode[], scenario: Scenario) {
  const from = dice.pick(nodes)
  const user = dice.pick(from.plan.users)
  const recipients = recipientsOf(dice, from, nodes, scenario)
  const messageId = `letter-${number}@${from.domain}`
  const secret = `${secretMark}${number}-${Buffer.from(dice.bytes(6)).toString('hex')}`
  const sizeBytes = dice.pick([0, 100, 100, 1500, 4000, 20_000])
  const lifetimeDays = dice.chance(0.15) ? dice.between(1, 4) : null
  const header = [
    `From: <${from.address(user)}>`,
    'To: undisclosed-recipients:;',
    `Subject: ${secret}`,
    `Message-ID: <${messageId}>`,
    ...expiryLines(lifetimeDays),
  ]
  const filling =
    Buffer.from(dice.bytes(sizeBytes))
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  const bytes = Buffer.from([...header, '', secret, ...filling, ''].join('\r\n'), 'latin1')
  const notify = dice.pick(['none', 'none', 'none', 'all', 'never'] as const)
  const wished = notify === 'none' ? undefined : wishesFor(recipients, notify)
  const letter: SimulatedLetter = {
    ...{ number, messageId, node: from.plan.number, user, recipients, secret, bytes },
    wishes: wished,
    hears: notify !== 'never',
    triesMax: dice.chance(0.15) ? dice.between(1, 2) : Number.POSITIVE_INFINITY,
    handedInAtMs: Math.floor(dice.fraction() * scenario.faultDays * 0.8 * 86_400_000),
    ...{ lifetimeDays, recalledAfterMs: dice.chance(0.12) ? dice.between(0, 2 * 86_400_000) : null, recalled: false },
    ...{ accepted: false, acceptedAtMs: Number.POSITIVE_INFINITY, refused: false, tries: 0 },
  }
  return letter
}

function expiryLines(days: number | null): string[] {
  if (days === null) return []
  const at = (day: number) => new Date(Date.UTC(2031, 4, 1 + day)).toUTCString().replace('GMT', '+0000')
  return [`Date: ${at(0)}`, `Expires: ${at(days)}`]
}

function wishesFor(recipients: readonly Recipient[], notify: 'all' | 'never'): DeliveryWishes {
  const wish = { notify: notify === 'all' ? (['success', 'failure', 'delay'] as const) : [] }
  return { recipients: Object.fromEntries(recipients.map(({ address }) => [address, wish])) }
}

function recipientsOf(
  dice: Dice,
  from: SimulatedNode,
  nodes: readonly SimulatedNode[],
  scenario: Scenario,
): readonly Recipient[] {
  const recipients = new Map<string, Recipient>()
  const count = dice.pick([1, 1, 1, 2, 3])
  while (recipients.size < count) {
    const others = nodes.filter(node => node !== from)
    const to = dice.chance(0.12) ? from : dice.pick(others)
    const recipient = recipientAt(dice, from, to, nodes, scenario)
    recipients.set(recipient.address, recipient)
  }
  return [...recipients.values()]
}

function recipientAt(
  dice: Dice,
  from: SimulatedNode,
  to: SimulatedNode,
  nodes: readonly SimulatedNode[],
  { alias, forward }: Scenario,
): Recipient {
  const node = to.plan.number
  if (to !== from && dice.chance(0.08)) return { address: to.address('nobody'), mailboxes: [], node, kind: 'unknown' }
  const first = (number: number) => ({ node: number, user: nodes[number]?.plan.users[0] ?? '' })
  if (alias?.node === node && dice.chance(0.4)) {
    const ends = [{ node, user: alias.toUser }, first(alias.toNode)]
    return { address: to.address('all'), mailboxes: followed(ends, forward, first), node, kind: 'alias' }
  }
  const user = dice.pick(to.plan.users)
  const ends = followed([{ node, user }], forward, first)
  const isForwarded = forward?.node === node && forward.user === user
  return { address: to.address(user), mailboxes: ends, node, kind: isForwarded ? 'forwarded' : 'user' }
}

/** Forwards are followed once; in a circle the letter stays where it is. */
function followed(
  ends: readonly { node: number; user: string }[],
  forward: Scenario['forward'],
  first: (node: number) => { node: number; user: string },
): readonly { node: number; user: string }[] {
  const all = ends.flatMap(end => {
    if (forward === undefined || end.node !== forward.node || end.user !== forward.user) return [end]
    return forward.keeps ? [end, first(forward.toNode)] : [first(forward.toNode)]
  })
  const unique = new Map(all.map(end => [`${end.node} ${end.user}`, end]))
  return [...unique.values()]
}

export interface AppOptions {
  readonly time: VirtualTime
  readonly dice: Dice
  readonly trace: Trace
  readonly nodes: readonly SimulatedNode[]
  readonly lostAnswerRate: () => number
  readonly injected: (kind: string) => void
}

const minuteMs = 60_000

/** Hands a letter in until it was accepted, and sometimes once more, as after an answer that was lost. */
export class App {
  readonly #options: AppOptions

  constructor(options: AppOptions) {
    this.#options = options
  }

  handIn(letter: SimulatedLetter): void {
    void this.#attempt(letter).catch((error: unknown) => {
      this.#options.trace.note('app', 'failed', { letter: letter.number, reason: String(error) })
      throw error
    })
  }

  async #attempt(letter: SimulatedLetter): Promise<void> {
    const { trace, nodes, dice } = this.#options
    const node = nodes[letter.node]
    if (node === undefined || letter.refused || letter.recalled) return
    if (!node.up) return this.#again(letter)
    const { life, office } = node
    letter.tries += 1
    trace.note('app', 'hands a letter in', { letter: letter.number, attempt: letter.tries })
    const outcome = await Promise.race([submitted(letter, node, office), life.ended.then(() => 'cut' as const)])
    trace.note('app', 'hears', { letter: letter.number, outcome })
    if (outcome === 'refused') {
      if (!letter.accepted) letter.refused = true
    } else if (outcome !== 'accepted') this.#again(letter)
    else {
      if (!letter.accepted) this.#takeBackLater(letter)
      letter.accepted = true
      letter.acceptedAtMs = Math.min(letter.acceptedAtMs, this.#options.time.now())
      if (!dice.chance(this.#options.lostAnswerRate())) return
      this.#options.injected('answer-lost')
      this.#again(letter)
    }
  }

  #takeBackLater(letter: SimulatedLetter): void {
    if (letter.recalledAfterMs === null) return
    this.#options.time.after(letter.recalledAfterMs, () => {
      this.#takeBack(letter).catch((error: unknown) => {
        if (isAbort(error) || error instanceof OperatingError) this.#takeBackLater(letter)
        else throw error
      })
    })
  }

  async #takeBack(letter: SimulatedLetter): Promise<void> {
    const { nodes, trace, injected } = this.#options
    const node = nodes[letter.node]
    if (node === undefined) return
    if (!node.up) return this.#takeBackLater(letter)
    letter.recalled = true
    injected('recall')
    const { messageId } = letter
    const { life, office } = node
    const what = { messageId, sender: node.address(letter.user), recipients: null }
    const answer = await Promise.race([office.recall(what, new AbortController().signal), life.ended])
    const letters = answer?.letters.map(one => [one.recipient, one.answer])
    trace.note('app', 'takes a letter back', { letter: letter.number, letters })
    if (answer === undefined) this.#takeBackLater(letter)
  }

  #again(letter: SimulatedLetter): void {
    const { time, dice } = this.#options
    if (letter.tries >= letter.triesMax) {
      if (!letter.accepted) letter.refused = true
      return
    }
    time.after(dice.between(minuteMs, 180 * minuteMs), () => this.handIn(letter))
  }
}

async function submitted(
  letter: SimulatedLetter,
  node: SimulatedNode,
  office: SimulatedNode['office'],
): Promise<'accepted' | 'refused' | 'later'> {
  const { recipients, user, bytes, wishes } = letter
  try {
    const addresses = recipients.map(({ address }) => address)
    for (const address of addresses) if ((await office.judge(address)).kind !== 'ok') return 'refused'
    const sender = node.address(user)
    await office.submit({ sender, recipients: addresses, body: bodyOf(bytes), ...(wishes && { wishes }) })
    return 'accepted'
  } catch (error) {
    if (error instanceof OperatingError) return error.retry === 'never' ? 'refused' : 'later'
    if (isAbort(error)) return 'later'
    throw error
  }
}

function bodyOf(bytes: Uint8Array): Body {
  return {
    sizeBytes: bytes.length,
    async *read(startBytes = 0) {
      for (let start = startBytes; start < bytes.length; start += 8000) yield bytes.slice(start, start + 8000)
    },
  }
}
