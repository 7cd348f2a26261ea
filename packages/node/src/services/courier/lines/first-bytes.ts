/** Tells from the first bytes of a line who calls, and leaves them to be read by whoever takes the line then. */
import type { Clock } from '../../../base/clock.ts'
import { OperatingError } from '../../../base/errors.ts'
import type { Connection } from '../../../links/transport.ts'

export interface Patience {
  readonly clock: Clock
  /** A caller who takes longer to begin finds the line closed. */
  readonly msMax: number
  /** Closes it at once. */
  readonly stopped: AbortSignal
}

/** Resolves as soon as it is certain; a line that ends or breaks before is no visitor's. */
export async function firstBytes(
  caller: Connection,
  magic: Uint8Array,
  { clock, msMax, stopped }: Patience,
): Promise<{ readonly isVisitor: boolean; readonly connection: Connection }> {
  const chunks: Uint8Array[] = []
  const bytes = caller.read()[Symbol.asyncIterator]()
  const enough = new AbortController()
  const close = () => void caller.close()
  clock.sleep(msMax, enough.signal).then(close, () => undefined)
  stopped.addEventListener('abort', close, { once: true })
  if (stopped.aborted) close()
  let broken: OperatingError | undefined
  let known = 0
  let alike = true
  try {
    while (alike && known < magic.length) {
      const next = await bytes.next()
      if (next.done === true) break
      chunks.push(next.value)
      const start = known
      known += next.value.length
      alike = next.value.every((byte, at) => start + at >= magic.length || byte === magic[start + at])
    }
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error
    broken = error
  } finally {
    enough.abort()
    stopped.removeEventListener('abort', close)
  }
  const isVisitor = alike && known >= magic.length
  // All that the line says of itself stays; its methods want their own object.
  const itself = { write: (sent: Uint8Array) => caller.write(sent), close: () => caller.close() }
  return { isVisitor, connection: { ...caller, ...itself, read: () => allOf(chunks, bytes, broken) } }
}

async function* allOf(
  chunks: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
  broken: OperatingError | undefined,
): AsyncGenerator<Uint8Array> {
  yield* chunks
  if (broken !== undefined) throw broken
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
}
