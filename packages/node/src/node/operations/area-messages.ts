/** Files and calls of programs that go to everybody in an area. */
import { bulkNiceness, FormatError, pathBytesMax, priorityNiceness } from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import type { AreaSubmission } from '../../services/postoffice/index.ts'
import { openSource } from '../../stores/outgoing/index.ts'
import type { ServedNode } from '../served.ts'
import type { AreaMessageSent } from './area-types.ts'
import { findArea } from './areas.ts'
import { replyNicenessDefault } from './handles.ts'
import type { OperationContext, ParamsOf } from './types.ts'

/** How many bytes pass between two steps of the progress. */
const progressBytes = 4 * 1024 ** 2

export async function sendFileToArea(
  node: ServedNode,
  params: ParamsOf<'area.send'>,
  context: OperationContext,
): Promise<AreaMessageSent> {
  const { name, path, as, nice: niceness = bulkNiceness, minimumSizeBytes = 0 } = params
  const source = await openSource(path)
  try {
    const deed = { kind: 'file', name: source.kind === 'folder' ? `${as}.tar` : as } as const
    const body = told(source.read(), source.sizeBytes, context)
    return await send(node, name, { deed, body, niceness, minimumSizeBytes }, context)
  } finally {
    await source.close()
  }
}

export async function sendExecToArea(
  node: ServedNode,
  params: ParamsOf<'area.exec'>,
  context: OperationContext,
): Promise<AreaMessageSent> {
  const { name, handle, args, path, nice: niceness = priorityNiceness, compress } = params
  const { replyNice: replyNiceness = replyNicenessDefault } = params
  const deed = { kind: 'exec', handle, args, replyNiceness, compress } as const
  const source = await openSource(path)
  try {
    if (source.kind === 'folder') {
      throw new OperatingError(`${path} is a folder, and no input for a program.`, {
        code: 'not-a-file',
        retry: 'never',
      })
    }
    return await send(node, name, { deed, body: told(source.read(), source.sizeBytes, context), niceness }, context)
  } finally {
    await source.close()
  }
}

async function send(
  node: ServedNode,
  name: string,
  message: Omit<AreaSubmission, 'area'>,
  { signal }: OperationContext,
): Promise<AreaMessageSent> {
  const area = await findArea(node, name)
  try {
    const { id, copies, sizeBytes } = await node.postOffice.sendToArea({ area, ...message }, signal)
    return { area: area.name, message: id, copies, sizeBytes }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    const words = `The name, or the handle with its arguments, cannot be used: at most ${pathBytesMax} bytes, no NUL.`
    throw new OperatingError(words, { code: 'bad-name', retry: 'never' })
  }
}

async function* told(
  content: AsyncIterable<Uint8Array>,
  bytesTotal: number | null,
  { progress }: OperationContext,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  let toldBytes = 0
  for await (const chunk of content) {
    yield chunk
    bytes += chunk.length
    if (bytes - toldBytes < progressBytes) continue
    toldBytes = bytes
    progress({ phase: 'sealing', packets: 1, bytes, bytesTotal })
  }
}
