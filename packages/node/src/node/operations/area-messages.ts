/** Files and calls of programs that go to everybody in an area. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { bulkNiceness, FormatError, pathBytesMax, priorityNiceness } from '@posthorn/nncp'
import { OperatingError, systemCode } from '../../base/errors.ts'
import type { AreaSubmission } from '../../services/postoffice/index.ts'
import type { ServedNode } from '../served.ts'
import { findArea } from './areas.ts'
import type { AreaMessageSent, OperationContext, ParamsOf } from './types.ts'

export function sendFileToArea(
  node: ServedNode,
  params: ParamsOf<'area.send'>,
  context: OperationContext,
): Promise<AreaMessageSent> {
  const { name, path, as = basename(path), nice = bulkNiceness } = params
  return send(node, { name, path, deed: { kind: 'file', name: as }, niceness: nice }, context)
}

export function sendExecToArea(
  node: ServedNode,
  params: ParamsOf<'area.exec'>,
  context: OperationContext,
): Promise<AreaMessageSent> {
  const { name, handle, args, path, nice = priorityNiceness } = params
  return send(node, { name, path, deed: { kind: 'exec', handle, args }, niceness: nice }, context)
}

interface ToSend extends Pick<AreaSubmission, 'deed' | 'niceness'> {
  readonly name: string
  readonly path: string | undefined
}

async function send(node: ServedNode, message: ToSend, context: OperationContext): Promise<AreaMessageSent> {
  const area = await findArea(node, message.name)
  const { deed, niceness, path } = message
  const body = path === undefined ? nothing() : await contentOf(path, context)
  try {
    const { id, copies, sizeBytes } = await node.postOffice.sendToArea({ area, deed, niceness, body }, context.signal)
    return { area: area.name, message: id, copies, sizeBytes }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    const words = `The name, or the handle with its arguments, cannot be used: at most ${pathBytesMax} bytes, no NUL.`
    throw new OperatingError(words, { code: 'bad-name', retry: 'never' })
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function contentOf(path: string, { progress, signal }: OperationContext): Promise<AsyncGenerator<Uint8Array>> {
  const bytesTotal = await sizeOf(path)
  return (async function* () {
    let bytes = 0
    for await (const chunk of createReadStream(path, { signal, highWaterMark: chunkBytes })) {
      yield chunk
      bytes += chunk.length
      progress({ phase: 'sealing', packets: 1, bytes, bytesTotal })
    }
  })()
}

const chunkBytes = 128 * 1024

/** Only regular files: a pipe or device may never end. */
async function sizeOf(path: string): Promise<number> {
  try {
    const found = await stat(path)
    if (found.isFile()) return found.size
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
  throw new OperatingError(`${path} is not a file that can be read.`, { code: 'no-such-file', retry: 'never' })
}
