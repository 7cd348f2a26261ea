/** What the whole app knows of the connection and of who is signed in. */
import type { SessionView } from '@posthorn/api'
import { create } from 'zustand'
import type { Phase } from './client.ts'

/** `ready`: the node answers; `offline`: it does not, and is tried again by itself. */
export const useConnection = create<{ readonly phase: Phase }>(() => ({ phase: 'connecting' }))

interface SessionState {
  /** Undefined until the node answered. */
  readonly session: SessionView | undefined
  /** It was asked and did not answer. */
  readonly failed: boolean
}

export const useSession = create<SessionState>(() => ({ session: undefined, failed: false }))
