/** How a running node asks whoever started it to stop it and start it again, for what holds from a start on. */
export interface Renewal {
  /** Fires once somebody wants it. */
  readonly wanted: AbortSignal
  ask(): void
}

export function renewal(): Renewal {
  const wanted = new AbortController()
  return { wanted: wanted.signal, ask: () => wanted.abort() }
}

/** Answers that are on their way leave first. */
const answerMs = 300

export function renewSoon({ renewal: asked }: { readonly renewal: Renewal }): void {
  setTimeout(() => asked.ask(), answerMs)
}
