import type { ParamsOf } from '@posthorn/api'

type FileKind = Exclude<ParamsOf<'messages.send'>['file'], 'draft' | undefined>['kind']

/** What somebody wrote. */
export interface Letter {
  readonly text: string
  /** The message that it answers to. */
  readonly quote?: number | undefined
  readonly file?: { readonly blob: Blob; readonly name: string; readonly kind: FileKind } | undefined
}

/** It, while the node does not have it. */
export interface OutboxItem extends Letter {
  /** The node knows by it a message that is sent a second time. */
  readonly key: string
  readonly user: string
  readonly chat: number
  readonly writtenAt: number
  /** `waits`: for the node, or for its turn; `failed`: the node did not take it, and never will as it is. */
  readonly state: 'waits' | 'sending' | 'failed'
  /** Why it failed, or waits although the node is there; for people. */
  readonly error: string
}
