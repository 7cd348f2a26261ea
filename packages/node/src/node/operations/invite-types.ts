/** What is told of invitations: see `types.ts`. */
import type { Ending, Notice } from '../../services/pairing/index.ts'

export interface InviteMade {
  readonly id: string
  /** Null of an invitation by file. */
  readonly words: string | null
  /** Secret: whoever has it first can join. */
  readonly link: string
  /** ISO 8601. */
  readonly expiresAt: string
  /** Where who joins can call. */
  readonly addresses: readonly string[]
}

export interface InviteStatus {
  readonly id: string
  readonly kind: 'live' | 'file'
  readonly state: 'open' | 'used' | 'over'
  readonly expiresAt: string
  readonly triesLeft: number
  /** The neighbour that has joined with it, by its name here. */
  readonly usedBy: string | null
}

/** What happened to an invite; `ending` is null as long as it is open. */
export interface InviteCourse {
  readonly notices: readonly Notice[]
  readonly ending: Ending | null
}
