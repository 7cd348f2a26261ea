/** The command line's end of the admin socket. */
import { connect, type Socket } from 'node:net'
import { OperatingError, systemCode } from '../../base/errors.ts'
import type { Home } from '../home.ts'
import type { Progress } from '../operations/types.ts'
import { type Answer, lineOf, linesOf } from './protocol.ts'

/** The daemon's answer, or `not-running` when nobody listens. @throws OperatingError as the daemon threw it. */
export async function askDaemon(
  home: Home,
  request: { operation: string; params: unknown; readonly progress: (step: Progress) => void },
): Promise<{ result: unknown } | 'not-running'> {
  const socket = await open(home.socket)
  if (socket === undefined) return 'not-running'
  try {
    socket.write(lineOf({ id: 1, operation: request.operation, params: request.params }))
    for await (const line of linesOf(socket)) {
      const answer = JSON.parse(line) as Answer
      if ('progress' in answer) request.progress(answer.progress)
      else if ('result' in answer) return { result: answer.result }
      else throw new OperatingError(answer.error.message, { code: answer.error.code, retry: answer.error.retry })
    }
  } finally {
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
