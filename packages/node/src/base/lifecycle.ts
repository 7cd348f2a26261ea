/** Something that runs until it is stopped. `stop` resolves when nothing of it runs any more; it may be called twice. */
export interface Service {
  stop(): Promise<void>
}

/** Stops services in the reverse order of their start; goes on when one fails, then throws the first failure. */
export async function stopAll(services: readonly Service[]): Promise<void> {
  let failure: unknown
  for (const service of [...services].reverse()) {
    try {
      await service.stop()
    } catch (error) {
      failure ??= error
    }
  }
  if (failure !== undefined) throw failure
}
