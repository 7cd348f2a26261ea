import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { scratchDirectory } from '../../stores/files/scratch-directory.ts'
import type { FileAreas, ServedFile } from './index.ts'
import { asJson, ask, type Rig, rig, signedIn } from './rig.ts'

const text = 'x0123456789'

/** Alice's photo lies behind one key; other keys are nobody's. */
async function withFile(over: Partial<ServedFile> = {}) {
  const folder = await scratchDirectory()
  const path = join(folder, 'photo')
  await writeFile(path, text)
  const shown: ServedFile = { path, mime: 'image/png', name: 'photo.png', inline: true, immutable: true, ...over }
  const spent: string[] = []
  const read: string[] = []
  function* said(texts: readonly string[]) {
    for (const one of texts) {
      read.push(one)
      yield one
    }
  }
  const areas: FileAreas = {
    blobs: async (key, { user }) => (key === 'a/photo' && user === 'alice' ? shown : undefined),
    texts: async key => ({ ...shown, bytes: Buffer.from(key), mime: 'text/plain', inline: false }),
    streams: async () => ({ ...shown, stream: Readable.from(said(['one ', 'two'])), inline: false }),
    tickets: {
      async once(key) {
        spent.push(key)
        return { ...shown, bytes: Buffer.from('once') }
      },
    },
    pages: async () => ({ page: '<p>hello', headers: { 'content-security-policy': "sandbox; default-src 'none'" } }),
  }
  const server = await rig({ files: areas })
  return { server, folder, path, spent, read, cookie: await signedIn(server) }
}

describe('files', () => {
  test('are shown as what the node says they are, with their range', async () => {
    const { server, cookie } = await withFile()
    const whole = await ask(server, '/api/v1/blobs/a/photo', { headers: { cookie } })
    expect(whole).toMatchObject({ status: 200, text })
    expect(whole.headers).toMatchObject({
      ...{ 'content-type': 'image/png', 'content-length': '11', 'accept-ranges': 'bytes' },
      'content-disposition': `inline; filename="photo.png"; filename*=UTF-8''photo.png`,
      'cache-control': 'private, max-age=31536000, immutable',
    })
    const again = { cookie, 'if-none-match': String(whole.headers['etag']) }
    expect(await ask(server, '/api/v1/blobs/a/photo', { headers: again })).toMatchObject({ status: 304, text: '' })
    const head = await ask(server, '/api/v1/blobs/a/photo', { method: 'HEAD', headers: { cookie } })
    expect(head).toMatchObject({ status: 200, text: '', headers: { 'content-length': '11' } })
  })

  test.each([
    ['bytes=1-3', 206, '012', 'bytes 1-3/11'],
    ['bytes=8-', 206, '789', 'bytes 8-10/11'],
    ['bytes=-2', 206, '89', 'bytes 9-10/11'],
    ['bytes=0-999999999999', 206, text, 'bytes 0-10/11'],
    ['bytes=-999', 206, text, 'bytes 0-10/11'],
    ['bytes=11-', 416, '', 'bytes */11'],
    ['bytes=-0', 416, '', 'bytes */11'],
  ])('threat: range tricks: %s', async (range, status, part, said) => {
    const { server, cookie } = await withFile()
    const answer = await ask(server, '/api/v1/blobs/a/photo', { headers: { cookie, range } })
    expect(answer).toMatchObject({ status, text: part, headers: { 'content-range': said } })
  })

  test.each([
    'bytes=5-2',
    'bytes=0-1,3-4',
    'bytes=',
    'bytes=-',
    'lines=1-2',
    'bytes=0x1-2',
    `bytes=${'9'.repeat(400)}-`,
    'bytes=1e1-',
  ])('threat: range tricks: %s is no range, and all of it comes', async range => {
    const { server, cookie } = await withFile()
    expect(await ask(server, '/api/v1/blobs/a/photo', { headers: { cookie, range } })).toMatchObject({
      status: 200,
      text,
    })
  })

  test('a part of another version is not given', async () => {
    const { server, cookie } = await withFile()
    const headers = { cookie, range: 'bytes=1-3', 'if-range': '"other"' }
    expect(await ask(server, '/api/v1/blobs/a/photo', { headers })).toMatchObject({ status: 200, text })
  })

  test.each([
    ['text/html', 'page.html'],
    ['image/svg+xml', 'drawing.svg'],
    ['application/xhtml+xml', 'x.xhtml'],
    ['text/javascript', 'x.js'],
    ['application/pdf', 'x.pdf'],
    ['image/png; charset=x, text/html', 'x.png'],
  ])('threat: a file of kind %s is for saving, and can do nothing', async (mime, name) => {
    const { server, cookie } = await withFile({ mime, name })
    const { headers } = await ask(server, '/api/v1/blobs/a/photo', { headers: { cookie } })
    if (!mime.startsWith('image/png')) expect(headers['content-type']).toBe('application/octet-stream')
    else expect(headers['content-type']).toBe('image/png')
    expect(headers['content-security-policy']).toMatch(/^sandbox; default-src 'none'/)
    expect(headers['x-content-type-options']).toBe('nosniff')
  })

  test.each([
    ['a"\r\nset-cookie: x=y', 'a_set-cookie_ x_y'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\x\\evil.exe', 'evil.exe'],
    ['фото\u202e.png', '____.png'],
    ['', 'file'],
  ])('threat: the name %j is a name only', async (name, plain) => {
    const { server, cookie } = await withFile({ name })
    const { headers } = await ask(server, '/api/v1/blobs/a/photo', { headers: { cookie } })
    expect(headers['content-disposition']).toContain(`filename="${plain}"`)
    expect(headers['set-cookie']).toBeUndefined()
  })

  test('threat: path traversal and other people’s files: nothing is there', async () => {
    const { server, cookie, folder, path } = await withFile()
    for (const key of [
      '..%2f..%2fetc%2fpasswd',
      'a/../../../etc/passwd',
      '%00',
      'a%2fphoto%00',
      'x'.repeat(2000),
      '',
    ]) {
      const answer = await ask(server, `/api/v1/blobs/${key}`, { headers: { cookie } })
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.text).not.toContain('root:')
    }
    const bob = await signedIn(server, 'bob')
    expect(await ask(server, '/api/v1/blobs/a/photo', { headers: { cookie: bob } })).toMatchObject({ status: 404 })
    expect(await ask(server, '/api/v1/blobs/a/photo')).toMatchObject({ status: 401, json: { code: 'signed-out' } })
    expect(folder).not.toBe(path)
  })

  test('threat: a link or a folder in the place of a file is not followed', async () => {
    const folder = await scratchDirectory()
    await symlink('/etc/passwd', join(folder, 'link'))
    await mkdir(join(folder, 'folder'))
    for (const name of ['link', 'folder', 'nothing']) {
      const { server, cookie } = await withFile({ path: join(folder, name) })
      const answer = await ask(server, '/api/v1/blobs/a/photo', { headers: { cookie } })
      expect(answer).toMatchObject({ status: 404, json: { code: 'not-found' } })
      expect(answer.headers['content-disposition']).toBeUndefined()
    }
  })

  test('are told of by HEAD, which reads nothing and spends nothing', async () => {
    const { server, cookie, spent, read } = await withFile()
    const of = (path: string, method = 'HEAD', headers = {}) =>
      ask(server, path, { method, headers: { cookie, ...headers } })
    const [got, told] = [await of('/api/v1/blobs/a/photo', 'GET'), await of('/api/v1/blobs/a/photo')]
    expect(told).toMatchObject({ status: 200, text: '' })
    for (const header of ['content-length', 'etag', 'content-type', 'content-disposition', 'accept-ranges']) {
      expect(told.headers[header], header).toBe(got.headers[header])
    }
    expect(await of('/api/v1/blobs/a/photo', 'HEAD', { range: 'bytes=0-1' })).toMatchObject({ status: 200 })
    expect(await of('/api/v1/blobs/others')).toMatchObject({ status: 404, text: '' })
    expect(await of('/api/v1/texts/x')).toMatchObject({ status: 200, text: '', headers: { 'content-length': '1' } })
    expect(await of('/api/v1/streams/x')).toMatchObject({ status: 200, text: '' })
    expect(read).toEqual([])
    expect(await of('/api/v1/tickets/x')).toMatchObject({ status: 405, text: '', headers: { allow: 'GET' } })
    expect(spent).toEqual([])
    expect(await of('/api/v1/tickets/x', 'GET')).toMatchObject({ status: 200, text: 'once' })
    expect(spent).toEqual(['x'])
  })

  test('texts in memory, streams and pages of strangers are sent too', async () => {
    const { server, cookie } = await withFile()
    const get = (path: string) => ask(server, path, { headers: { cookie } })
    expect(await get('/api/v1/texts/k%C3%A4y')).toMatchObject({ status: 200, text: 'käy' })
    expect(await get('/api/v1/streams/x')).toMatchObject({ status: 200, text: 'one two' })
    const page = await get('/api/v1/pages/x')
    expect(page).toMatchObject({ status: 200, text: '<p>hello' })
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
    })
  })
})

describe('uploads', () => {
  const put = async (server: Rig, name: string, body: string, user = 'alice') =>
    ask(server, `/api/v1/uploads?name=${encodeURIComponent(name)}`, {
      method: 'PUT',
      headers: { origin: server.origin, cookie: await signedIn(server, user), 'content-type': 'image/png' },
      body,
    })
  const idOf = (answer: { json: unknown }) => (answer.json as { upload: string }).upload

  test('a file is kept privately, and taken once by who sent it', async () => {
    const server = await rig()
    const id = idOf(await put(server, 'C:\\photos\\me.png', 'hello'))
    expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/)
    await expect(server.tools.uploads.take('bob', id)).rejects.toMatchObject({ code: 'no-such-upload' })
    const taken = await server.tools.uploads.take('alice', id)
    expect(taken).toEqual({ path: join(server.uploads, id), name: 'me.png', sizeBytes: 5 })
    await expect(server.tools.uploads.take('alice', id)).rejects.toMatchObject({ code: 'no-such-upload' })
  })

  test('only who is signed in sends files, and each has a name', async () => {
    const server = await rig()
    const nobody = { method: 'PUT', headers: { origin: server.origin }, body: 'x' }
    expect(await ask(server, '/api/v1/uploads?name=x', nobody)).toMatchObject({ status: 401 })
    for (const name of ['', '/', 'a/', '\u0000', 'x'.repeat(300)]) {
      expect(await put(server, name, 'x')).toMatchObject({ status: 400, json: { code: 'bad-params' } })
    }
    expect(await readdir(server.uploads)).toEqual([])
  })

  test('threat: endless upload: what is too large leaves nothing behind, announced or not', async () => {
    const server = await rig({ uploads: { sizeBytesMax: 100_000 } })
    expect(await put(server, 'x', 'y'.repeat(100_001))).toMatchObject({ status: 413, json: { code: 'too-large' } })
    const cookie = await signedIn(server)
    const status = await new Promise<number>((resolve, reject) => {
      const headers = { origin: server.origin, cookie, 'transfer-encoding': 'chunked' }
      const options = {
        host: '127.0.0.1',
        port: server.web.port,
        path: '/api/v1/uploads?name=x',
        method: 'PUT',
        headers,
      }
      const request = httpRequest(options, response => resolve(response.statusCode ?? 0)).on('error', reject)
      const more = () => {
        if (!request.destroyed && !request.writableEnded) request.write('y'.repeat(10_000), () => setImmediate(more))
      }
      request.once('response', () => request.destroy())
      more()
    })
    expect(status).toBe(413)
    await expect.poll(() => readdir(server.uploads)).toEqual([])
  })

  test('threat: many uploads: so many files, and so many bytes, of one person at most', async () => {
    const server = await rig({ uploads: { sizeBytesMax: 1000 }, limits: { uploadsOfUserMax: 3 } })
    for (let n = 0; n < 3; n += 1) expect(await put(server, `x${n}`, 'y')).toMatchObject({ status: 200 })
    expect(await put(server, 'x', 'y')).toMatchObject({ status: 503, json: { code: 'too-many-uploads' } })
    expect(await put(server, 'x', 'y', 'bob')).toMatchObject({ status: 200 })
    const other = await rig({ uploads: { sizeBytesMax: 1000 } })
    for (let n = 0; n < 2; n += 1) expect(await put(other, 'x', 'y'.repeat(1000))).toMatchObject({ status: 200 })
    expect(await put(other, 'x', 'y')).toMatchObject({ json: { code: 'too-many-uploads' } })
  })

  test('what was broken off leaves nothing behind', async () => {
    const server = await rig()
    const cookie = await signedIn(server)
    const headers = { origin: server.origin, cookie, 'content-length': '50000' }
    const options = { host: '127.0.0.1', port: server.web.port, path: '/api/v1/uploads?name=x', method: 'PUT', headers }
    const request = httpRequest(options).on('error', () => undefined)
    request.write('y'.repeat(10_000))
    await expect.poll(() => readdir(server.uploads)).toHaveLength(1)
    request.destroy()
    await expect.poll(() => readdir(server.uploads)).toEqual([])
  })

  test('a disk without room is said, and nothing is kept', async () => {
    const server = await rig({ uploads: { reserveBytes: Number.MAX_SAFE_INTEGER } })
    expect(await put(server, 'x', 'y')).toMatchObject({ status: 507, json: { code: 'disk-full', retry: 'later' } })
    expect(await readdir(server.uploads)).toEqual([])
  })

  test('the body of a call is no upload', async () => {
    const server = await rig()
    const asking = asJson(server, { text: 'x'.repeat(2 * 1024 * 1024) }, { cookie: await signedIn(server) })
    expect(await ask(server, '/api/v1/methods/session.show', asking)).toMatchObject({
      status: 413,
      json: { code: 'too-large' },
    })
  })
})
