/** What is known of somebody's last letters, in words that claim no more. */
import type { BotOptions, LetterState } from '../services/bot/index.ts'
import type { Directory } from '../stores/directory/index.ts'
import type { HeardStation, Journey, JourneyState, Journeys } from '../stores/journeys/index.ts'

/** Looked through for those to one person. */
const lookedThroughMax = 200

interface Parts {
  readonly journeys: Pick<Journeys, 'ofSender'>
  readonly directory: { readonly neighbours: Pick<Directory['neighbours'], 'get'> }
  /** The addresses of a user. */
  readonly addressesOf: (user: string) => readonly string[]
  /** Letters to the node's own account are no news. */
  readonly account: string
}

export function lastLetters({ journeys, directory, addressesOf, account }: Parts): BotOptions['lettersOf'] {
  const nameOf = async (id: HeardStation['where']) =>
    id === null ? 'this node' : ((await directory.neighbours.get(id))?.name ?? `the node ${id.slice(0, 8)}…`)
  return async (user, { to, limit }) => {
    const found: Journey[] = []
    for (const address of addressesOf(user)) found.push(...(await journeys.ofSender(address, lookedThroughMax)))
    const meant = found.filter(({ recipient }) => recipient !== account && isTo(recipient, to))
    const dated = meant.map(journey => ({ journey, at: journey.stations[0]?.at ?? 0 }))
    // Of one address they come so already; of several not.
    const last = dated.sort((one, other) => other.at - one.at).slice(0, limit)
    return Promise.all(
      last.map(async ({ journey, at }): Promise<LetterState> => {
        const station = journey.stations.findLast(({ kind }) => kind === journey.state)
        const where = station?.where ?? journey.letters.at(-1)?.destination ?? null
        const state = words[journey.state](await nameOf(where), station)
        return { to: journey.recipient, handedInAt: at, state }
      }),
    )
  }
}

/** A name is the part before the @. */
function isTo(recipient: string, to: string | undefined): boolean {
  if (to === undefined) return true
  const asked = to.toLowerCase()
  return recipient.toLowerCase() === asked || recipient.toLowerCase().split('@')[0] === asked
}

type Words = (node: string, station: HeardStation | undefined) => string

const words: Readonly<Record<JourneyState, Words>> = {
  accepted: () => 'It was taken in here',
  sealed: node => `It waits here for ${node}`,
  copied: (_, station) => `A copy lies on ${station?.road ?? 'a medium'}; nothing confirms yet that it arrived`,
  handed: node => `${node} took it over; nothing confirms yet that it arrived`,
  passed: node => `It went through ${node}; nothing confirms yet that it arrived`,
  arrived: node => `${node} has it; whether it is in the mailbox is not known yet`,
  delivered: () => 'It is in the mailbox; whether it was read is not known',
  fetched: () => 'An app has fetched it; whether it was read is not known',
  read: () => 'It was read',
  failed: (_, station) => `It was not delivered: ${station?.reason ?? 'no reason was given'}`,
  returned: () => 'It was given up, and is not tried any longer',
  expired: () => 'It was too old, and was dropped',
  recalled: () => 'It was called back',
  forwarded: () => 'It was sent on to others, as its recipient wishes',
  outside: () => 'Another mail system has taken it',
}
