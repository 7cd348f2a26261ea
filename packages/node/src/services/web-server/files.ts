/**
 * Sends files of people. Their names and kinds were chosen by strangers: only media that cannot run anything is shown,
 * by our word for it; all else is for saving, and has no rights where a browser shows it all the same.
 */

import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { systemCode } from '../../base/errors.ts'
import { refusal } from './errors.ts'
import type { ServedBytes, ServedFile, ServedPage, ServedStream } from './handlers.ts'
import { filePolicy } from './headers.ts'

/** Shown as what they are. SVG, HTML, PDF and the like are not among them. */
const mediaTypes: ReadonlySet<string> = new Set([
  ...['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/bmp'],
  ...['audio/mpeg', 'audio/mp4', 'audio/aac', 'audio/ogg', 'audio/opus', 'audio/wav', 'audio/webm', 'audio/flac'],
  ...['audio/x-m4a', 'video/mp4', 'video/webm', 'video/ogg', 'video/quicktime', 'video/x-matroska'],
])

interface Range {
  readonly start: number
  /** Inclusive. */
  readonly end: number
}

/** @throws OperatingError `not-found`. */
export async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  file: ServedFile | ServedBytes | ServedStream | ServedPage,
): Promise<FastifyReply> {
  if ('page' in file) return sendPage(reply, file)
  if ('bytes' in file) return describe(reply, file).send(Buffer.from(file.bytes))
  const isHead = request.method === 'HEAD'
  if ('stream' in file) return isHead ? unread(reply, file) : describe(reply, file).send(file.stream)
  const handle = await openFile(file.path)
  describe(reply, file)
  try {
    const { size, mtimeMs, ino } = await handle.stat()
    const etag = `"${ino.toString(36)}-${size.toString(36)}-${Math.floor(mtimeMs).toString(36)}"`
    reply.headers({ etag, 'accept-ranges': 'bytes' })
    if (request.headers['if-none-match'] === etag) return await ended(handle, reply.code(304))
    const range = !isHead && isWanted(request, etag) ? rangeOf(request.headers.range, size) : undefined
    if (range === 'outside') return await ended(handle, reply.code(416).header('content-range', `bytes */${size}`))
    if (range !== undefined) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${size}`)
    const { start, end } = range ?? { start: 0, end: size - 1 }
    reply.header('content-length', end - start + 1)
    if (size === 0 || isHead) return await ended(handle, reply)
    return reply.send(handle.createReadStream({ start, end }))
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Its size is known when all of it is made: HEAD is told the rest. */
function unread(reply: FastifyReply, file: ServedStream): FastifyReply {
  file.stream.destroy()
  return describe(reply, file).send()
}

/** Shown in a frame of the app, or alone; what it says of policies is all that holds for it. */
function sendPage(reply: FastifyReply, { page, headers }: ServedPage): FastifyReply {
  reply.removeHeader('x-frame-options').type('text/html; charset=utf-8').headers(headers)
  return reply.send(page)
}

function describe(reply: FastifyReply, file: Omit<ServedFile, 'path'> & { readonly isOwn?: true }): FastifyReply {
  const { mime, name, inline, immutable, isOwn = false } = file
  const [bare = ''] = mime.toLowerCase().split(';')
  const shown = inline && mediaTypes.has(bare) ? bare : null
  reply.type(shown ?? (isOwn ? bare : 'application/octet-stream'))
  reply.header('content-security-policy', filePolicy)
  reply.header('content-disposition', `${shown === null ? 'attachment' : 'inline'}; ${fileNameOf(name)}`)
  return reply.header('cache-control', immutable ? 'private, max-age=31536000, immutable' : 'private, no-cache')
}

/** RFC 6266: the real name in UTF-8, and one in plain letters beside it. */
function fileNameOf(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? ''
  const clean = last.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '').slice(0, 200) || 'file'
  const plain = clean.replaceAll(/[^A-Za-z0-9 ._()-]/g, '_')
  const encoded = encodeURIComponent(clean).replaceAll(/['()*]/g, letter => `%${letter.charCodeAt(0).toString(16)}`)
  return `filename="${plain}"; filename*=UTF-8''${encoded}`
}

/** Follows no link at the end of the path, and waits for no pipe. */
async function openFile(path: string): Promise<FileHandle> {
  const gone = () => refusal('not-found', 'This file is not here any more.')
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    if ((await handle.stat()).isFile()) return handle
    await handle.close()
  } catch (error) {
    if (!['ENOENT', 'ELOOP', 'ENOTDIR', 'EISDIR', 'ENXIO'].includes(systemCode(error) ?? '')) throw error
  }
  throw gone()
}

async function ended(handle: FileHandle, reply: FastifyReply): Promise<FastifyReply> {
  await handle.close()
  return reply.send()
}

/** A part of another version of the file would not fit. */
function isWanted(request: FastifyRequest, etag: string): boolean {
  const condition = request.headers['if-range']
  return condition === undefined || condition === etag
}

/** One range only; several, or none that can be read, are answered with all of it (RFC 9110, section 14.2). */
function rangeOf(header: string | undefined, sizeBytes: number): Range | 'outside' | undefined {
  const [, from, to] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? []
  if (from === undefined || to === undefined || (from === '' && to === '')) return undefined
  if (from === '') {
    const length = Math.min(Number(to), sizeBytes)
    return length === 0 ? 'outside' : { start: sizeBytes - length, end: sizeBytes - 1 }
  }
  const [start, last] = [Number(from), to === '' ? Number.MAX_SAFE_INTEGER : Number(to)]
  if (last < start) return undefined
  return start >= sizeBytes ? 'outside' : { start, end: Math.min(last, sizeBytes - 1) }
}
