/**
 * The daemon's end of the admin socket. Whatever a client says is answered, with an error where it makes no sense; a
 * broken client ends its own connection and nothing else.
 */
import { chmod, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { isAbort, messageOf, OperatingError } from '../../base/errors.ts'
import type { Service } from '../../base/lifecycle.ts'
import type { Log } from '../../base/log.ts'
import { type Home, prepareSocketFolder } from '../home.ts'
import type { OperationContext } from '../operations/types.ts'
import { type ErrorAnswer, lineOf, linesOf, type Request } from './protocol.ts'

export type RunOperation = (operation: string, params: unknown, context: OperationContext) => Promise<unknown>

/** Of a client that was refused for good. */
const droppedBytesMax = 256 * 1024 * 1024

export async function startAdminServer(home: Home, run: RunOperation, log: Log): Promise<Service> {
  prepareSocketFolder(home)
  // Whoever holds the home's lock owns the name: a socket left over from a crash has nobody behind it.
  await rm(home.socket, { force: true })
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    converse(socket, run).catch(error => {
      if (!isAbort(error)) log.warn('a conversation on the admin socket broke', { reason: messageOf(error) })
      refuseForGood(socket, error)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(home.socket, resolve)
  })
  // The home is private already; this holds where a person has opened it.
  await chmod(home.socket, 0o600)
  return {
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

async function converse(socket: Socket, run: RunOperation): Promise<void> {
  const gone = new AbortController()
  socket.once('close', () => gone.abort())
  const chunks = socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  for await (const line of linesOf(chunks)) {
    const request = requestIn(line)
    if (request === undefined) {
      socket.write(lineOf({ id: null, error: errorAnswer(noRequest()) }))
      continue
    }
    const { id, operation, params } = request
    const context: OperationContext = {
      signal: gone.signal,
      progress: progress => void socket.write(lineOf({ id, progress })),
    }
    try {
      socket.write(lineOf({ id, result: (await run(operation, params, context)) ?? null }))
    } catch (error) {
      if (socket.destroyed) return
      socket.write(lineOf({ id, error: errorAnswer(error) }))
    }
  }
}

function requestIn(line: string): Request | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { id, operation, params } = value as Record<string, unknown>
  return typeof id === 'number' && typeof operation === 'string' ? { id, operation, params } : undefined
}

function noRequest(): OperatingError {
  return new OperatingError('This is no request: one line of JSON with id, operation and params is wanted.', {
    code: 'bad-request',
    retry: 'never',
  })
}

/** The last word. What the client still sends is dropped, to a bound, since it only listens when it has said it. */
function refuseForGood(socket: Socket, error: unknown): void {
  if (socket.destroyed || isAbort(error)) {
    socket.destroy()
    return
  }
  let droppedBytes = 0
  socket.on('data', (chunk: Buffer) => {
    droppedBytes += chunk.length
    if (droppedBytes > droppedBytesMax) socket.destroy()
  })
  socket.end(lineOf({ id: null, error: errorAnswer(error) }))
}

function errorAnswer(error: unknown): ErrorAnswer {
  if (error instanceof OperatingError) return { code: error.code, message: error.message, retry: error.retry }
  return { code: 'internal', message: messageOf(error), retry: 'later' }
}
