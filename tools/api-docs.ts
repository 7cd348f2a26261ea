/**
 * `npm run api-docs`: makes docs/reference/openapi.json and asyncapi.json from the tables of packages/api, so that they
 * say what both ends check. A test fails when they are not up to date.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as api from '@posthorn/api'
import {
  apiError,
  clientFrame,
  eventFrame,
  events,
  join,
  joinLook,
  joinLookView,
  type Method,
  methods,
  serverFrame,
  sessionView,
  setUp,
  signIn,
} from '@posthorn/api'
import { toJsonSchema } from '@valibot/to-json-schema'

const about = {
  title: 'Posthorn',
  version: '1',
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
}

type Json = { readonly [key: string]: unknown }

type Schema = Method['params']

/** What the package names is named here too: its views. */
const named: Readonly<Record<string, Schema>> = Object.fromEntries(
  Object.entries(api)
    .filter(([name]) => /View$|Row$|^avatar$/.test(name))
    .sort(([one], [other]) => (one < other ? -1 : 1)) as never,
)

/** What is trimmed or checked by a function has no form in JSON Schema; the rest of the schema says enough. */
function schemaOf(schema: Schema, typeMode: 'input' | 'output', of: Readonly<Record<string, Schema>> = named): Json {
  const overrideRef = ({ referenceId }: { referenceId: string }) => `#/components/schemas/${referenceId}`
  const options = { typeMode, errorMode: 'ignore', definitions: of, overrideRef } as const
  const { $schema: _, $defs: __, ...json } = toJsonSchema(schema as never, options as never) as Json
  return json
}

/** Each by its parts, which may be others of them. */
function namedSchemas(): Json {
  const others = (name: string) => Object.fromEntries(Object.entries(named).filter(([other]) => other !== name))
  return Object.fromEntries(
    Object.entries(named).map(([name, schema]) => [name, schemaOf(schema, 'output', others(name))]),
  )
}

const json = (schema: Json) => ({ 'application/json': { schema } })
const failure = {
  description: 'What went wrong, for programs and people.',
  content: json({ $ref: '#/components/schemas/Error' }),
}
const secured = [{ token: [] }, { session: [] }]

function methodPath(name: string, { role, about: summary, params, result, changes }: Method): Json {
  const rights = { anyone: 'Anyone may ask.', user: 'For who is signed in.', admin: 'For who looks after the node.' }
  return {
    post: {
      ...{ operationId: name, summary, description: rights[role], tags: [name.split('.')[0]] },
      ...{ 'x-changes': changes, security: role === 'anyone' ? [{}, ...secured] : secured },
      requestBody: { content: json(schemaOf(params, 'input')) },
      responses: {
        200: { description: 'The answer.', content: json(schemaOf(result, 'output')) },
        default: failure,
      },
    },
  }
}

function plain(summary: string, body: Schema | null, answer: Schema | null, security: unknown[] = [{}]) {
  return {
    ...{ summary, tags: ['sign-in'], security },
    ...(body === null ? {} : { requestBody: { required: true, content: json(schemaOf(body, 'input')) } }),
    responses: {
      200: { description: 'Done.', ...(answer === null ? {} : { content: json(schemaOf(answer, 'output')) }) },
      default: failure,
    },
  }
}

const fileParameter = { name: 'key', in: 'path', required: true, schema: { type: 'string' } }
const bytes = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }

/** Paths that are no methods. */
function otherPaths(): Json {
  return {
    '/api/v1/session': {
      get: plain('The node, and who is signed in.', null, sessionView, [{}, ...secured]),
      post: plain('Signs in: sets the cookie of the session.', signIn, sessionView),
      delete: plain('Signs out.', null, sessionView, secured),
    },
    '/api/v1/set-up': { post: plain('Makes the first person of a node, and signs them in.', setUp, null) },
    '/api/v1/join': { post: plain('Makes an account by an invite, and signs in.', join, sessionView) },
    '/api/v1/join/look': { post: plain('Whether an invite is good.', joinLook, joinLookView) },
    '/api/v1/uploads': {
      put: {
        ...{ summary: 'Sends a file for a method to use.', tags: ['files'], security: secured },
        parameters: [{ name: 'name', in: 'query', required: true, schema: { type: 'string', maxLength: 255 } }],
        requestBody: { required: true, content: bytes },
        responses: {
          200: {
            description: 'Its id, for one use.',
            content: json({ type: 'object', required: ['upload'], properties: { upload: { type: 'string' } } }),
          },
          default: failure,
        },
      },
    },
    '/api/v1/files/{key}': {
      get: {
        ...{
          summary: 'A file of one’s own chats, by the path that an answer named.',
          tags: ['files'],
          security: secured,
        },
        parameters: [fileParameter, { name: 'Range', in: 'header', schema: { type: 'string' } }],
        responses: {
          200: { description: 'All of it.', content: bytes },
          206: { description: 'A part.', content: bytes },
          default: failure,
        },
      },
    },
    '/healthz': {
      get: {
        ...{ summary: 'Whether the node does its work.', tags: ['node'], security: [{}] },
        responses: { 200: { description: 'It does.' }, 503: { description: 'It does not.' } },
      },
    },
    '/metrics': {
      get: {
        ...{
          summary: 'How the node is doing, in OpenMetrics; for who looks after it.',
          tags: ['node'],
          security: secured,
        },
        responses: {
          200: { description: 'OpenMetrics 1.0.', content: { 'application/openmetrics-text': {} } },
          default: failure,
        },
      },
    },
  }
}

function openApi(): string {
  const all = Object.entries(methods as Readonly<Record<string, Method>>).sort(([a], [b]) => (a < b ? -1 : 1))
  return text({
    openapi: '3.1.0',
    info: { ...about, description: 'See api.md. Each method is called by the WebSocket too: asyncapi.json.' },
    paths: {
      ...otherPaths(),
      ...Object.fromEntries(all.map(([name, method]) => [`/api/v1/methods/${name}`, methodPath(name, method)])),
    },
    components: {
      schemas: { Error: schemaOf(apiError, 'output'), ...namedSchemas() },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'posthorn token add' },
        session: { type: 'apiKey', in: 'cookie', name: 'posthorn-NODE', description: 'With an Origin of this node.' },
      },
    },
  })
}

function asyncApi(): string {
  const message = (payload: Json, summary: string) => ({ summary, contentType: 'application/json', payload })
  const told = Object.entries(events as Readonly<Record<string, Schema>>).sort(([a], [b]) => (a < b ? -1 : 1))
  const eventMessages = told.map(([name, data]) => {
    const properties = { event: { const: name }, data: schemaOf(data, 'output', {}) }
    return [`event-${name}`, message({ type: 'object', required: ['event', 'data'], properties }, `The event ${name}.`)]
  })
  const messages = {
    client: message(schemaOf(clientFrame, 'input'), 'A call, or that its answer is not wanted any more.'),
    server: message(schemaOf(serverFrame, 'output'), 'An answer, how far a call is, or an event.'),
    event: message(schemaOf(eventFrame, 'output'), 'An event: one of those below.'),
    ...Object.fromEntries(eventMessages),
  }
  const from = (names: readonly string[]) => names.map(name => ({ $ref: `#/channels/socket/messages/${name}` }))
  return text({
    asyncapi: '3.0.0',
    info: { ...about, description: 'The WebSocket of a node. Methods, with parameters and answers: openapi.json.' },
    channels: { socket: { address: '/api/v1/socket', messages } },
    operations: {
      call: { action: 'receive', channel: { $ref: '#/channels/socket' }, messages: from(['client']) },
      tell: { action: 'send', channel: { $ref: '#/channels/socket' }, messages: from(Object.keys(messages).slice(1)) },
    },
  })
}

function text(document: Json): string {
  return `${JSON.stringify(document, null, 1)}\n`
}

/** Where each lies. */
export const documents = [
  { path: fileURLToPath(new URL('../docs/reference/openapi.json', import.meta.url)), make: openApi },
  { path: fileURLToPath(new URL('../docs/reference/asyncapi.json', import.meta.url)), make: asyncApi },
]

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const { path, make } of documents) writeFileSync(path, make())
