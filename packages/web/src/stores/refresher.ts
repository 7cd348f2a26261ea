/**
 * Something that is loaded again whenever an event says so, however many events come: one load at a time, and one more
 * after it when there was a reason meanwhile.
 */
export interface Refresher {
  /** Resolves when what was loaded is at least as new as this call. Failures are given to `failed`, never thrown. */
  refresh(): Promise<void>
}

export function makeRefresher(load: () => Promise<void>, failed: (error: unknown) => void): Refresher {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const start = () => {
    running = load()
      .catch(failed)
      .finally(() => {
        running = undefined
      })
    return running
  }
  return {
    refresh() {
      if (running === undefined) return start()
      next ??= running.then(() => {
        next = undefined
        return start()
      })
      return next
    },
  }
}
