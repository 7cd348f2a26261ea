/** The daemon's end of the admin socket. A broken client ends its own connection and nothing else. */
import { rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { isAbort, messageOf, OperatingError } from '../../base/errors.ts'
import type { Service } from '../../base/lifecycle.ts'
import type { Log } from '../../base/log.ts'
import { type Home, prepareSocketFolder } from '../home.ts'
import type { OperationContext } from '../operations/types.ts'
import { type ErrorAnswer, lineOf, linesOf } from './protocol.ts'

export type RunOperation = (operation: string, params: unknown, context: OperationContext) => Promise<unknown>

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
      socket.destroy()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(home.socket, resolve)
  })
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
  for await (const line of linesOf(socket)) {
    const request: unknown = JSON.parse(line)
    if (typeof request !== 'object' || request === null) throw new TypeError('not a request')
    const { id, operation, params } = request as Record<string, unknown>
    if (typeof id !== 'number' || typeof operation !== 'string') throw new TypeError('not a request')
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

function errorAnswer(error: unknown): ErrorAnswer {
  if (error instanceof OperatingError) return { code: error.code, message: error.message, retry: error.retry }
  return { code: 'internal', message: messageOf(error), retry: 'later' }
}
