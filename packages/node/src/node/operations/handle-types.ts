/** What is told of programs: see `types.ts`. */

export interface HandleShown {
  readonly name: string
  readonly command: readonly string[]
  /** Names of neighbours who may run it; `*` is all of them. */
  readonly from: readonly string[]
  readonly resultFrom: string | null
  readonly resultTo: readonly string[]
  /** Whether it stands in posthorn.toml; else it was added for this neighbour. */
  readonly configured: boolean
}
