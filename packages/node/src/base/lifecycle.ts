/**
 * Something that runs until it is stopped. `stop` resolves when nothing of it runs any more; it may be called twice.
 */
export interface Service {
  stop(): Promise<void>
}

/** Stops services in the reverse order of their start; goes on when one fails, then throws an AggregateError. */
export async function stopAll(services: readonly Service[]): Promise<void> {
  const failures: unknown[] = []
  for (const service of [...services].reverse()) {
    try {
      await service.stop()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'some parts did not stop cleanly')
}
