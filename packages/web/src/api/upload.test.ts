import { beforeEach, expect, test, vi } from 'vitest'
import { upload } from './upload.ts'

/** A request that the test answers. */
class Request {
  static last: Request
  readonly upload: { onprogress?: (event: { loaded: number }) => void } = {}
  readonly headers: Record<string, string> = {}
  target = ''
  body: unknown
  status = 0
  response: unknown = null
  onabort = () => {}
  onerror = () => {}
  onload = () => {}
  onloadend = () => {}

  constructor() {
    Request.last = this
  }
  open(method: string, path: string) {
    this.target = `${method} ${path}`
  }
  setRequestHeader(name: string, value: string) {
    this.headers[name] = value
  }
  send(body: unknown) {
    this.body = body
  }
  abort() {
    this.onabort()
    this.onloadend()
  }
  answer(status: number, response: unknown) {
    this.status = status
    this.response = response
    this.onload()
    this.onloadend()
  }
}
beforeEach(() => vi.stubGlobal('XMLHttpRequest', Request))
const file = new Blob(['12345'])

test('a file goes with its name, tells how far it is, and gets an id', async () => {
  const onProgress = vi.fn()
  const done = upload(file, 'a b/ü?.png', { onProgress })
  Request.last.upload.onprogress?.({ loaded: 3 })
  Request.last.answer(200, { upload: 'id' })
  expect(await done).toBe('id')
  expect(Request.last).toMatchObject({ target: 'PUT /api/v1/uploads?name=a%20b%2F%C3%BC%3F.png', body: file })
  expect(onProgress.mock.calls).toEqual([[3, 5]])
})

test.each([
  [507, { code: 'disk-full', message: 'The disk is full.', retry: 'later' }, 'disk-full'],
  [502, null, 'answer'],
  [200, { id: 5 }, 'answer'],
])('%i %o fails with %s', async (status, body, code) => {
  const done = upload(file, 'a')
  Request.last.answer(status, body)
  await expect(done).rejects.toMatchObject({ code })
})

test('no network, and a change of mind, before and meanwhile', async () => {
  const lost = upload(file, 'a')
  Request.last.onerror()
  await expect(lost).rejects.toMatchObject({ code: 'network', retry: 'later' })
  const controller = new AbortController()
  const cancelled = upload(file, 'a', { signal: controller.signal })
  controller.abort()
  await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' })
  await expect(upload(file, 'a', { signal: controller.signal })).rejects.toMatchObject({ code: 'cancelled' })
})
