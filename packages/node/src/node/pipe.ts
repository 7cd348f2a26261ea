/**
 * `posthorn pipe`: a line that somebody opened and handed to us as standard input and output becomes a call to this
 * node, to the running one or, when none runs, to the home itself for as long as the call lasts.
 */
import { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { abortError, systemClock } from '../base/clock.ts'
import { OperatingError } from '../base/errors.ts'
import { silentLog } from '../base/log.ts'
import { farEndConnection, reachFarEnd } from '../links/pipe/far-end.ts'
import type { Connection, Listener } from '../links/transport.ts'
import { openNode } from './assemble.ts'
import type { Home } from './home.ts'

export interface StandardLine {
  readonly input: Socket
  readonly output: Socket
  /** Who is at the other end, as far as whoever started us says so; empty when not. */
  readonly caller: string
}

/** A daemon that is starting, or a command, holds the lock for a moment only. */
const lockPatienceMs = 10_000
const lockPauseMs = 50
/** Meanwhile nobody else can use the home: whoever likes an open line has to call again. */
const aloneDeadlineMs = 10_000

/** Standard input and output as a line. @throws OperatingError `no-line` when they are a terminal or files. */
export function standardLine(environment: Readonly<Record<string, string | undefined>>): StandardLine {
  try {
    return {
      input: new Socket({ fd: 0, readable: true, writable: false }),
      output: new Socket({ fd: 1, readable: false, writable: true }),
      caller: callerIn(environment),
    }
  } catch (error) {
    const message =
      'posthorn pipe talks to another node over its standard input and output. They are no pipes or sockets now: it ' +
      "is meant for inetd, UCSPI, or as an address: '|ssh host posthorn pipe'."
    throw new OperatingError(message, { code: 'no-line', retry: 'never', cause: error })
  }
}

/** UCSPI's TCPREMOTEIP, or what sshd says. */
function callerIn(environment: Readonly<Record<string, string | undefined>>): string {
  return environment['TCPREMOTEIP'] ?? environment['SSH_CLIENT']?.split(' ')[0] ?? ''
}

/**
 * Resolves when the line is over. @throws OperatingError `home-locked`, `line-broken`, or what opening a node says; an
 * AbortError with the signal.
 */
export async function answerPipe(home: Home, line: StandardLine, signal: AbortSignal): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += lockPauseMs) {
    const daemon = await reachFarEnd(home.calls, line.caller)
    if (daemon !== undefined) return relay(line, daemon, signal)
    try {
      return await answerAlone(home, line, signal)
    } catch (error) {
      const locked = error instanceof OperatingError && error.code === 'home-locked'
      if (!locked || waitedMs >= lockPatienceMs) throw error
    }
    await sleep(lockPauseMs, undefined, { signal })
  }
}

/** Bytes both ways, as fast as both ends take them, until the node has said all. */
async function relay({ input, output }: StandardLine, daemon: Socket, signal: AbortSignal): Promise<void> {
  const broken = (error?: unknown) =>
    new OperatingError('The line was cut.', { code: 'line-broken', retry: 'later', cause: error })
  const everything = [input, output, daemon]
  try {
    await new Promise<void>((resolve, reject) => {
      if (signal.aborted) return reject(abortError(signal))
      signal.addEventListener('abort', () => reject(abortError(signal)), { once: true })
      for (const socket of everything) socket.on('error', error => reject(broken(error)))
      daemon.once('end', () => output.write('', error => (error ? reject(broken(error)) : resolve())))
      daemon.once('close', () => (daemon.readableEnded ? undefined : reject(broken())))
      input.pipe(daemon)
      daemon.pipe(output, { end: false })
    })
  } finally {
    for (const socket of everything) socket.destroy()
  }
}

async function answerAlone(home: Home, line: StandardLine, signal: AbortSignal): Promise<void> {
  const node = await openNode(home, silentLog)
  try {
    await new Promise<void>((resolve, reject) => {
      if (signal.aborted) return reject(abortError(signal))
      signal.addEventListener('abort', () => reject(abortError(signal)), { once: true })
      node.courier.serve(listenerOf(connectionOf(line), resolve), { onlineDeadlineMs: aloneDeadlineMs })
    })
    await node.postOffice.settled(signal)
  } finally {
    await node.stop()
  }
}

function connectionOf({ input, output, caller }: StandardLine): Connection {
  const closed = (socket: Socket) =>
    new Promise<void>(resolve => {
      if (socket.closed) resolve()
      else socket.once('close', () => resolve())
    })
  const gone = Promise.all([closed(input), closed(output)]).then(() => undefined)
  const destroy = () => {
    input.destroy()
    output.destroy()
  }
  return farEndConnection({ readable: input, writable: output, clock: systemClock, gone, destroy }, caller)
}

/** A listener to whom one has called. */
function listenerOf(connection: Connection, over: () => void): Listener {
  const watched: Connection = {
    remote: connection.remote,
    origin: connection.origin,
    read: () => connection.read(),
    write: bytes => connection.write(bytes),
    close: () => connection.close().then(over),
  }
  return {
    at: new URL('pipe:stdin'),
    async *[Symbol.asyncIterator]() {
      yield watched
    },
    close: async () => {},
  }
}
