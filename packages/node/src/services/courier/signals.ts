/** A signal that fires with others, and can be let go of. */
export interface LinkedSignal {
  readonly signal: AbortSignal
  readonly abort: () => void
  /** Takes it off the others, which `AbortSignal.any` would leave to the garbage collector. */
  readonly release: () => void
}

export function linkedSignal(...others: readonly AbortSignal[]): LinkedSignal {
  const controller = new AbortController()
  const abort = () => controller.abort()
  const release = () => {
    for (const other of others) other.removeEventListener('abort', abort)
  }
  for (const other of others) {
    if (other.aborted) abort()
    else other.addEventListener('abort', abort, { once: true })
  }
  return { signal: controller.signal, abort, release }
}
