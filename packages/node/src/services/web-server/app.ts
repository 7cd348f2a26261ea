/** The HTTP side: rules for every request, then its routes. */

import type { RequestListener, Server } from 'node:http'
import { fastifyCookie } from '@fastify/cookie'
import { apiLimits } from '@posthorn/api'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import type { Clock } from '../../base/clock.ts'
import { OperatingError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { Callers } from './callers.ts'
import { signedOut } from './calls.ts'
import { apiErrorOf, refusal, statusOf } from './errors.ts'
import type { Caller } from './handlers.ts'
import { securityHeaders } from './headers.ts'
import { type HostNames, isAskedByOthers, isOwnOrigin, isServed } from './hosts.ts'
import { webLimits } from './limits.ts'
import { isLocal, isSecure } from './request.ts'

export interface AppOptions {
  readonly names: HostNames
  /** Takes the one function that serves requests, and answers the server that the app closes with itself. */
  readonly server: (listener: RequestListener) => Server
  readonly clock: Clock
  readonly log: Log
}

/** @returns the app without routes; `ready` has to be called. */
export async function webApp({ names, server, clock, log }: AppOptions): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    serverFactory: handler => server(handler as RequestListener),
    bodyLimit: apiLimits.frameBytesMax,
    routerOptions: { maxParamLength: webLimits.fileKeyLettersMax, ignoreTrailingSlash: false },
    return503OnClosing: true,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    // No hook has seen these: they lead nowhere.
    frameworkErrors: (_error, request, reply) => {
      reply.headers(securityHeaders).header('cache-control', 'no-store')
      answerError(refusal('bad-request', 'This is no address of anything.'), request, reply, log)
    },
  })
  // Forms of other sites can send it.
  app.removeContentTypeParser('text/plain')
  await app.register(fastifyCookie)
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders)
    if (isApi(request)) reply.header('cache-control', 'no-store')
    if (!request.url.startsWith('/')) throw refusal('bad-request', 'Ask for a path: this node is no proxy.')
    const elsewhere = redirection(request, names)
    if (elsewhere !== undefined) return reply.redirect(elsewhere, 308)
    checkOrigin(request)
    limitBody(request, clock)
    return undefined
  })
  app.addHook('onSend', async (request, reply) => {
    // A body that nobody wants is read on for a while: who is cut off while sending does not hear the answer.
    if (!request.raw.complete && reply.statusCode >= 400) endIn(webLimits.refusedMsMax, request, clock)
  })
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, log))
  return app
}

/**
 * Where the same is found under TLS; undefined where it may be served as it came.
 * @throws OperatingError `wrong-host`.
 */
function redirection(request: FastifyRequest, names: HostNames): string | undefined {
  const { host } = request.headers
  const local = isLocal(request.raw) && !isSecure(request.raw)
  if (!isServed(host, names, local)) {
    const words = 'This node is not called like this. Its operator may allow the name: posthorn.toml, [web] hosts.'
    throw refusal('wrong-host', words)
  }
  return local || isSecure(request.raw) ? undefined : `https://${host}${request.url}`
}

const reading: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** By where it leads: what was asked may be written in other ways. */
function isApi({ routeOptions, url }: FastifyRequest): boolean {
  return (routeOptions.url ?? url).startsWith('/api/')
}

function checkOrigin(request: FastifyRequest): void {
  const { headers, method, routeOptions } = request
  const isOwn = isOwnOrigin(headers)
  const words = 'A page of another place asked for this, and that is not allowed.'
  if (isOwn === false) throw refusal('other-origin', words)
  if (isApi(request) && isAskedByOthers(headers)) throw refusal('other-origin', words)
  const isReading = reading.has(method) || routeOptions.config.changesNothing === true
  if (isReading || isOwn === true || headers.authorization !== undefined) return
  throw refusal('other-origin', 'Say which page asks (Origin), or bring a token (Authorization: Bearer …).')
}

/** A body that comes in drops ends; uploads have limits of their own. */
function limitBody(request: FastifyRequest, clock: Clock): void {
  if (reading.has(request.method) || request.routeOptions.config.isUpload === true) return
  endIn(webLimits.bodyMsMax, request, clock)
}

/** The line is cut when the request is not here by then. */
function endIn(delayMs: number, { raw }: FastifyRequest, clock: Clock): void {
  const whole = new AbortController()
  const done = () => whole.abort()
  raw.once('end', done).once('close', done)
  clock.sleep(delayMs, whole.signal).then(() => raw.destroy(), done)
}

declare module 'fastify' {
  interface FastifyContextConfig {
    isUpload?: boolean
    /** Asked by programs that are no browsers, and name no origin. */
    changesNothing?: boolean
  }
}

/** What the libraries refuse, in our words. */
const libraryCodes: Readonly<Record<number, readonly [string, string]>> = {
  400: ['bad-request', 'This request is not as HTTP and JSON have it.'],
  403: ['not-found', 'There is nothing here.'],
  404: ['not-found', 'There is nothing here.'],
  412: ['changed', 'This file is another one by now.'],
  413: ['too-large', 'This is more than one call may carry.'],
  415: ['wrong-type', 'Send JSON, and say so: Content-Type: application/json.'],
  416: ['bad-range', 'This file has no such part.'],
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): FastifyReply {
  const [code, words] = libraryCodes[statusCodeOf(error)] ?? []
  const known = error instanceof OperatingError || code === undefined || words === undefined
  const told = apiErrorOf(known ? error : refusal(code, words), log, { route: request.routeOptions.url ?? 'none' })
  if (told.code === 'wrong-host') return reply.code(statusOf(told)).type('text/plain').send(`${told.message}\n`)
  return reply.code(statusOf(told)).send(told)
}

function statusCodeOf(error: unknown): number {
  return error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 0
}

/** The one who calls, or nobody. A token that is good for nothing is an error, so that scripts are told. */
export async function callerOf(callers: Callers, request: FastifyRequest): Promise<Caller | null> {
  const credential = callers.credential(request.headers, isSecure(request.raw))
  const caller = await callers.find(credential)
  if (caller === null && request.headers.authorization !== undefined) throw signedOut()
  return caller
}

export async function someCaller(callers: Callers, request: FastifyRequest): Promise<Caller> {
  const caller = await callerOf(callers, request)
  if (caller === null) throw signedOut()
  return caller
}
