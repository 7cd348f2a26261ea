/** Time as a parameter, so that a simulation can run months in a second. */
export interface Clock {
  /** Milliseconds since 1970, by this machine's idea of it: never trusted alone to expire or refuse anything. */
  now(): number
  /** Resolves after `delayMs`; rejects with an AbortError when the signal fires first. */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (delayMs, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(abortError(signal))
      const stop = () => {
        clearTimeout(timer)
        reject(abortError(signal))
      }
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', stop)
        resolve()
      }, delayMs)
      signal.addEventListener('abort', stop, { once: true })
    }),
}

/** The error a cancelled operation ends with, whatever reason the signal carried. */
export function abortError(signal: AbortSignal): Error {
  return signal.reason instanceof Error && signal.reason.name === 'AbortError'
    ? signal.reason
    : new DOMException('the operation was cancelled', 'AbortError')
}
