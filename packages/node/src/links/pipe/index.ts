/**
 * Calls through a program: what it reads and writes is the line (`ssh host nncp-daemon -ucspi`, a modem's dialer).
 *
 * It promises that no shell is involved, that the program sees our environment but none of our files, and that it is
 * gone when the line is: asked to end first, killed when it does not. Its words on standard error are dropped.
 */
import { spawn } from 'node:child_process'
import { abortError, type Clock } from '../../base/clock.ts'
import { messageOf, OperatingError, systemCode } from '../../base/errors.ts'
import { streamConnection } from '../streams/connection.ts'
import type { CallOptions, Connection, StreamDialer } from '../transport.ts'
import { pipeCommand } from './command.ts'

export interface PipeOptions {
  readonly clock: Clock
}

/** How long a program may take to end by itself when its input has ended. */
const closeMsMax = 2000

export function pipeDialer({ clock }: PipeOptions): StreamDialer {
  return {
    kind: 'stream',
    scheme: 'pipe',
    traits: { latencyMs: 200, bytesPerSecond: 1_000_000, oneWay: false },
    dial: (to, options) => dial(to, options, clock),
  }
}

async function dial(to: URL, { signal }: CallOptions, clock: Clock): Promise<Connection> {
  const [program, ...args] = pipeCommand(to)
  if (signal.aborted) throw abortError(signal)
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] })
  const gone = new Promise<void>(resolve => child.once('close', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', error => reject(cannotRun(program, error)))
  })
  child.on('error', () => {})
  return streamConnection({
    ...{ readable: child.stdout, writable: child.stdin, clock, closeMsMax, gone },
    // Arguments may hold what is nobody's business in a log.
    remote: `pipe:${encodeURIComponent(program)}`,
    origin: 'pipe',
    destroy() {
      child.kill('SIGKILL')
      child.stdin.destroy()
      child.stdout.destroy()
    },
  })
}

function cannotRun(program: string, error: unknown): OperatingError {
  const reason = systemCode(error) ?? messageOf(error)
  return new OperatingError(`The program ${program} could not be started: ${reason}.`, {
    code: 'no-connection',
    retry: 'later',
    fields: { reason },
    cause: error,
  })
}
