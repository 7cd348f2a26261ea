import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { events, methods } from '@posthorn/api'
import { expect, test } from 'vitest'
import { documents } from './api-docs.ts'

test.each(documents.map(document => [basename(document.path), document] as const))(
  '%s says what the tables say (npm run api-docs)',
  (_, { path, make }) => {
    expect(readFileSync(path, 'utf8') === make()).toBe(true)
  },
)

test('every method and every event is in them', () => {
  const [openApi, asyncApi] = documents.map(({ make }) => JSON.parse(make()))
  for (const name of Object.keys(methods)) {
    const { post } = openApi.paths[`/api/v1/methods/${name}`]
    expect(post.operationId).toBe(name)
    expect(post.responses['200'].content['application/json'].schema).toBeTypeOf('object')
  }
  const { messages } = asyncApi.channels.socket
  for (const name of Object.keys(events))
    expect(messages[`event-${name}`].payload.properties.event).toEqual({ const: name })
})
