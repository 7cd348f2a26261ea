/** Calls by HTTP, files, uploads, and how the node is doing. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { callerOf, someCaller } from './app.ts'
import type { Callers } from './callers.ts'
import type { RunCall } from './calls.ts'
import { refusal } from './errors.ts'
import { sendFile } from './files.ts'
import type { FileAreas } from './handlers.ts'
import { webLimits } from './limits.ts'
import type { UploadStore } from './uploads.ts'

export interface RouteOptions {
  readonly callers: Callers
  readonly run: RunCall
  readonly files: FileAreas
  readonly uploads: UploadStore
  /** OpenMetrics, for admins. */
  readonly metrics: () => Promise<string>
  /** Whether the node does its work; no details. */
  readonly healthy: () => Promise<boolean>
}

export function apiRoutes(app: FastifyInstance, options: RouteOptions): void {
  const { callers, run, uploads } = options

  app.post<{ Params: { name: string } }>('/api/v1/methods/:name', async (request, reply) => {
    const caller = await callerOf(callers, request)
    const { signal } = whileConnected(reply)
    const call = { method: request.params.name, params: request.body ?? {} }
    // A plain answer may be a text, a list or null: it is JSON in any case.
    return reply.type('application/json').send(JSON.stringify(await run(call, caller, { signal, progress: () => {} })))
  })

  fileRoutes(app, options)

  app.register(async scope => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
    scope.put<{ Querystring: { name?: unknown } }>(
      '/api/v1/uploads',
      { config: { isUpload: true } },
      async (request, reply) => {
        const caller = await someCaller(callers, request)
        const length = request.headers['content-length']
        const announced = length === undefined ? undefined : Number(length)
        const { signal } = whileConnected(reply)
        return uploads.receive(caller.user, { name: request.query.name, announced, body: request.raw, signal })
      },
    )
  })

  app.get('/healthz', async (_request, reply) => {
    const healthy = await options.healthy().catch(() => false)
    return reply
      .code(healthy ? 200 : 503)
      .type('text/plain')
      .send(healthy ? 'ok\n' : 'not\n')
  })

  app.get('/metrics', async (request, reply) => {
    const caller = await someCaller(callers, request)
    if (caller.role !== 'admin') throw refusal('admins-only', 'Only who looks after this node may see this.')
    return reply.type('application/openmetrics-text; version=1.0.0; charset=utf-8').send(await options.metrics())
  })
}

function fileRoutes(app: FastifyInstance, { callers, files }: RouteOptions): void {
  for (const [area, finding] of Object.entries(files)) {
    const [find, isOnce] = typeof finding === 'function' ? [finding, false] : [finding.once, true]
    const [url, method] = [`/api/v1/${area}/*`, ['GET', 'HEAD']]
    app.route<{ Params: { '*': string } }>({
      url,
      method,
      handler: async (request, reply) => {
        const caller = await someCaller(callers, request)
        if (isOnce && request.method === 'HEAD') {
          reply.header('allow', 'GET')
          throw refusal('wrong-way', 'This is fetched once, by GET.')
        }
        const key = request.params['*']
        const { signal } = whileConnected(reply)
        const file = key.length > webLimits.fileKeyLettersMax ? undefined : await find(key, caller, signal)
        if (file === undefined) throw refusal('not-found', 'There is no such file here, or not any more.')
        return sendFile(request, reply, file)
      },
    })
  }
  app.all('/api/*', async () => {
    throw refusal('not-found', 'There is nothing of this name in the API: see docs/reference/api.md.')
  })
}

/** Fires when the one who asked is gone. */
function whileConnected(reply: FastifyReply): AbortController {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  return gone
}
