/** What is told of areas: see `types.ts`. */

export interface AreaStatus {
  readonly name: string
  readonly id: string
  /** Whether its messages can be opened here, or are only passed on. */
  readonly reads: boolean
  /** Whether this node can send messages to it. */
  readonly writes: boolean
  /** Those that its messages go to from here; a name only of neighbours. */
  readonly subscribers: readonly { readonly id: string; readonly name: string | null }[]
  /** Where its files go; null: they are not taken. */
  readonly files: string | null
  readonly handles: readonly string[]
  readonly allowUnknown: boolean
}

export interface AreaShown extends AreaStatus {
  /** For nodes that only pass its messages on. */
  readonly link: string
  /** Secret, and only when asked for: whoever has it reads the area. */
  readonly secretLink?: string
  /** As NNCP writes it under `areas`; with `prv` only when the secret was asked for. */
  readonly nncp: Readonly<Record<string, string>>
}

export interface AreaMessageSent {
  readonly area: string
  /** The message's name, the same at every node. */
  readonly message: string
  readonly copies: number
  readonly sizeBytes: number
}
