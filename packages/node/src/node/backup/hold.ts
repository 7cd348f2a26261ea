import { abortError } from '../../base/clock.ts'
import type { Home } from '../home.ts'
import { perform } from '../offline.ts'

/**
 * Runs `work` while the node, running or not, keeps what its snapshot in the new file `database` names. The signal that
 * `work` gets fires also when the node went away: what it named may then be gone.
 * @throws OperatingError what the node says.
 */
export async function whileHeld<T>(
  home: Home,
  { database, signal }: { readonly database: string; readonly signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const [done, lost] = [new AbortController(), new AbortController()]
  let failure: { readonly error: unknown } | undefined
  let tellHeld: () => void = () => {}
  const held = new Promise<void>(resolve => {
    tellHeld = resolve
  })
  const call = { name: 'backup.hold', params: { database } } as const
  const context = { signal: AbortSignal.any([signal, done.signal]), progress: () => tellHeld() }
  const holding = perform(home, call, context).then(
    () => undefined,
    (error: unknown) => {
      if (done.signal.aborted) return
      failure = { error }
      lost.abort()
    },
  )
  try {
    await Promise.race([held, holding])
    if (failure !== undefined) throw failure.error
    return await work(AbortSignal.any([signal, lost.signal]))
  } catch (error) {
    if (signal.aborted) throw abortError(signal)
    throw failure === undefined ? error : failure.error
  } finally {
    done.abort()
    await holding
  }
}
