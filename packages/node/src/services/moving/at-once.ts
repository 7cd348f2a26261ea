export interface AtOnce<T> {
  readonly countMax: number
  /** One that is larger runs alone. */
  readonly bytesMax: number
  readonly sizeOf: (item: T) => number
}

/** Runs `work` for all of `source`, a few at a time. Ends with the first error, when what began has ended. */
export async function atOnce<T>(
  source: AsyncIterable<T>,
  { countMax, bytesMax, sizeOf }: AtOnce<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>()
  let runningBytes = 0
  let failure: { readonly error: unknown } | undefined
  try {
    for await (const item of source) {
      const bytes = sizeOf(item)
      const isFull = () => running.size >= countMax || (running.size > 0 && runningBytes + bytes > bytesMax)
      while (isFull()) await Promise.race(running)
      if (failure !== undefined) break
      runningBytes += bytes
      const one = work(item)
        .catch((error: unknown) => {
          failure ??= { error }
        })
        .finally(() => {
          running.delete(one)
          runningBytes -= bytes
        })
      running.add(one)
    }
  } finally {
    await Promise.all(running)
  }
  if (failure !== undefined) throw failure.error
}
