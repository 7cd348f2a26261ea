/**
 * The far end of pipes: lines that somebody else opened and handed to a program as its input and output (inetd, UCSPI,
 * `ssh host posthorn pipe`). That program passes them on to the running node through a socket in its home.
 *
 * It promises what TCP promises: back-pressure both ways, a bounded number of lines, and that whoever stays silent
 * before the line is his holds a place for a short time only. Who calls is unknown until the session says. The socket
 * belongs to the node's owner, so the name of the caller, which is only for the log and the limits, is believed.
 */
import { chmod, rm } from 'node:fs/promises'
import { connect, createServer, isIP, type Socket } from 'node:net'
import type { Clock } from '../../base/clock.ts'
import { OperatingError, systemCode } from '../../base/errors.ts'
import { changed } from '../streams/changed.ts'
import { streamConnection } from '../streams/connection.ts'
import { HandOver } from '../streams/queue.ts'
import { originOf } from '../tcp/address.ts'
import type { Connection, Listener } from '../transport.ts'

const limits = {
  connectionsMax: 256,
  waitingMax: 64,
  /** The line before the line: the caller's address. */
  headBytesMax: 256,
  headMsMax: 5000,
  closeMsMax: 2000,
} as const
const newline = 0x0a

/** Takes lines on a socket of the file system, in the place of whatever had this name: we hold the home's lock. */
export async function farEndListener(path: string, clock: Clock): Promise<Listener> {
  await rm(path, { force: true })
  const waiting = new HandOver<Connection>()
  /** Those that have not said whose line they are. */
  const nameless = new Set<Socket>()
  // What is still to be said when the other side has said all is said.
  const server = createServer({ allowHalfOpen: true }, socket => {
    socket.on('error', () => {})
    nameless.add(socket)
    const handOver = (connection?: Connection) => {
      nameless.delete(socket)
      if (connection === undefined || waiting.length >= limits.waitingMax || !waiting.put(connection)) socket.destroy()
    }
    taken(socket, clock).then(handOver, () => handOver())
  })
  server.maxConnections = limits.connectionsMax
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  server.on('error', () => {})
  await chmod(path, 0o600)
  return {
    at: new URL(`pipe:${encodeURIComponent(path)}`),
    [Symbol.asyncIterator]: () => waiting[Symbol.asyncIterator](),
    async close() {
      server.close(() => {})
      for (const socket of nameless) socket.destroy()
      await Promise.all(waiting.end().map(connection => connection.close()))
    },
  }
}

/** The line behind its first line, or undefined when that does not come, or is none. */
async function taken(socket: Socket, clock: Clock): Promise<Connection | undefined> {
  const patience = new AbortController()
  const late = clock.sleep(limits.headMsMax, patience.signal).then(
    () => undefined,
    () => undefined,
  )
  try {
    const remote = await Promise.race([headOf(socket), late])
    return remote === undefined ? undefined : socketConnection(socket, remote, clock)
  } finally {
    patience.abort()
  }
}

/** The address of the caller; empty when nobody knows it. */
async function headOf(socket: Socket): Promise<string | undefined> {
  let head: Buffer = Buffer.alloc(0)
  for (;;) {
    const chunk = socket.read() as Buffer | null
    if (chunk === null) {
      if (socket.readableEnded || socket.destroyed) return undefined
      await changed(socket)
      continue
    }
    head = Buffer.concat([head, chunk])
    const end = head.indexOf(newline)
    if (end > limits.headBytesMax || (end < 0 && head.length > limits.headBytesMax)) return undefined
    if (end < 0) continue
    if (end + 1 < head.length) socket.unshift(head.subarray(end + 1))
    return knownAddress(head.subarray(0, end).toString('latin1'))
  }
}

function socketConnection(socket: Socket, address: string, clock: Clock): Connection {
  const gone = new Promise<void>(resolve => {
    if (socket.closed) resolve()
    else socket.once('close', () => resolve())
  })
  const destroy = () => void socket.destroy()
  return farEndConnection({ readable: socket, writable: socket, clock, gone, destroy }, address)
}

/** A line that is here already, as the input and output of this program. */
export function farEndConnection(
  ends: Pick<Parameters<typeof streamConnection>[0], 'readable' | 'writable' | 'clock' | 'gone' | 'destroy'>,
  address: string,
): Connection {
  const known = knownAddress(address)
  return streamConnection({
    ...ends,
    remote: `pipe:${known === '' ? 'stdin' : known}`,
    origin: known === '' ? 'pipe' : originOf(known),
    closeMsMax: limits.closeMsMax,
  })
}

/** An IP address, or nothing: environments hold anything. */
function knownAddress(text: string): string {
  return isIP(text) === 0 ? '' : text
}

/**
 * A socket whose other end the running node takes for a line. Undefined when none runs.
 * @throws OperatingError `no-connection` when it runs and takes no more.
 */
export async function reachFarEnd(path: string, address: string): Promise<Socket | undefined> {
  const socket = connect(path)
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined
    throw new OperatingError(`The running node cannot be reached: ${code ?? 'it does not answer'}.`, {
      code: 'no-connection',
      retry: 'later',
      cause: error,
    })
  }
  socket.write(`${knownAddress(address)}\n`)
  return socket
}
