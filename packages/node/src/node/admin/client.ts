/** The command line's end of the admin socket. */
import { connect, type Socket } from 'node:net'
import { abortError } from '../../base/clock.ts'
import { OperatingError, systemCode } from '../../base/errors.ts'
import type { Home } from '../home.ts'
import type { Progress } from '../operations/types.ts'
import { type Answer, lineOf, linesOf } from './protocol.ts'

export interface DaemonRequest {
  readonly operation: string
  readonly params: unknown
  readonly progress: (step: Progress) => void
  readonly signal: AbortSignal
}

/**
 * The daemon's answer, or `not-running` when nobody listens.
 * @throws OperatingError as the daemon threw it; an AbortError with the signal: the daemon then gives up the work.
 */
export async function askDaemon(home: Home, request: DaemonRequest): Promise<{ result: unknown } | 'not-running'> {
  const socket = await open(home.socket)
  if (socket === undefined) return 'not-running'
  const { signal } = request
  // The daemon ends what nobody waits for.
  const hangUp = () => socket.destroy(abortError(signal))
  signal.addEventListener('abort', hangUp, { once: true })
  try {
    if (signal.aborted) throw abortError(signal)
    socket.write(lineOf({ id: 1, operation: request.operation, params: request.params }))
    for await (const line of linesOf(socket)) {
      const answer = JSON.parse(line) as Answer
      if ('progress' in answer) request.progress(answer.progress)
      else if ('result' in answer) return { result: answer.result }
      else throw new OperatingError(answer.error.message, { code: answer.error.code, retry: answer.error.retry })
    }
  } finally {
    signal.removeEventListener('abort', hangUp)
    socket.destroy()
  }
  throw new OperatingError('The daemon ended before it answered. Look at its log, and try again.', {
    code: 'no-answer',
    retry: 'later',
  })
}

function open(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('connect', () => resolve(socket))
    socket.once('error', error => {
      const code = systemCode(error)
      if (code === 'ENOENT' || code === 'ECONNREFUSED') resolve(undefined)
      else reject(error)
    })
  })
}
