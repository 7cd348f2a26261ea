/**
 * The admin socket: lines of JSON between the command line and the daemon of the same home.
 *
 * A request is `{id, operation, params}`; answers are any number of `{id, progress}` and then one `{id, result}` or
 * `{id, error: {code, message, retry}}`; the `id` of an answer to something that is no request is null. Only the node's
 * owner may connect.
 */
import { OperatingError } from '../../base/errors.ts'
import type { Progress } from '../operations/types.ts'

export interface Request {
  readonly id: number
  readonly operation: string
  readonly params: unknown
}

export interface ErrorAnswer {
  readonly code: string
  readonly message: string
  readonly retry: 'later' | 'never'
}

export type Answer =
  | { readonly id: number; readonly progress: Progress }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number | null; readonly error: ErrorAnswer }

/** One line may be this long; more is answered with an error and ends the connection. */
const lineBytesMax = 4 * 1024 * 1024

/** Lines out of a stream of chunks. @throws OperatingError `line-too-long`. */
export async function* linesOf(source: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let pending: Buffer = Buffer.alloc(0)
  for await (const chunk of source) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    for (let end = pending.indexOf(0x0a); end >= 0; end = pending.indexOf(0x0a)) {
      yield pending.subarray(0, end).toString('utf8')
      pending = pending.subarray(end + 1)
    }
    if (pending.length > lineBytesMax) {
      throw new OperatingError('a line on the admin socket is too long', { code: 'line-too-long', retry: 'never' })
    }
  }
}

export function lineOf(message: Request | Answer): string {
  return `${JSON.stringify(message)}\n`
}
