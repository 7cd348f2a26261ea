/** What is told of the node's own account: see `types.ts`. */

export interface BotStatus {
  /** Null: there is no such account. */
  readonly address: string | null
  /** Why there is none. */
  readonly why: string | null
  /** Null while no daemon runs. */
  readonly engine: {
    readonly state: 'missing' | 'resting' | 'running' | 'pausing'
    readonly pid: number | null
    /** Ends that nobody asked for, since the node began. */
    readonly ends: number
    readonly reason: string | null
  } | null
  /** Notices that wait for somebody, and messages with some that are on their way. */
  readonly waiting: number
}

export interface BotShown {
  readonly address: string
  /** Makes the chat when Delta Chat follows it. */
  readonly invite: string
  readonly vcard: string
}

export interface BotOperationTypes {
  'bot.show': { params: Readonly<Record<string, never>>; result: BotShown }
}
