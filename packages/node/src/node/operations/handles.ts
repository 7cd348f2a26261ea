/** Calls of programs at other nodes, and the programs that single neighbours may run here. */
import { createReadStream } from 'node:fs'
import { priorityNiceness } from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import type { ServedNode } from '../served.ts'
import type { HandleShown } from './handle-types.ts'
import { findNeighbour } from './neighbours.ts'
import type { OperationContext, ParamsOf, ResultOf } from './types.ts'

/** What `nncp-exec` writes unless it is told otherwise. */
export const replyNicenessDefault = 224

export async function sendExec(
  node: ServedNode,
  params: ParamsOf<'exec.send'>,
  context: OperationContext,
): Promise<ResultOf<'exec.send'>> {
  const { handle, args, path, nice = priorityNiceness, replyNice = replyNicenessDefault, compress } = params
  const to = await findNeighbour(node, params.neighbour)
  const body = told(createReadStream(path), context)
  const call = { to, handle, args, body, compress, niceness: nice, replyNiceness: replyNice }
  const packet = await node.postOffice.exec(call, context.signal)
  const sizeBytes = (await node.spool.outbox.get(packet))?.sizeBytes ?? 0
  return { neighbour: to.name, handle, packet, sizeBytes }
}

async function* told(source: AsyncIterable<Uint8Array>, { progress }: OperationContext): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.length
    progress({ phase: 'sealing', packets: 1, bytes, bytesTotal: null })
    yield chunk
  }
}

export async function addHandle(node: ServedNode, params: ParamsOf<'handle.add'>): Promise<HandleShown> {
  const { identity, name: from } = await findNeighbour(node, params.neighbour)
  const { name, command, resultFrom = null, resultTo = [] } = params
  const handle = { name, command, resultFrom, resultTo }
  await node.directory.handles.put(identity.id, handle)
  return { ...handle, from: [from], configured: false }
}

export async function listHandles(node: ServedNode): Promise<readonly HandleShown[]> {
  const shown: HandleShown[] = Object.entries(node.config.exec).map(([name, handle]) => ({
    name,
    command: handle.command,
    from: handle.from,
    resultFrom: handle.mail_result_from ?? null,
    resultTo: handle.mail_result_to,
    configured: true,
  }))
  for (const { identity, name: from } of await node.directory.neighbours.list()) {
    for (const handle of await node.directory.handles.list(identity.id)) {
      shown.push({ ...handle, from: [from], configured: false })
    }
  }
  return shown
}

export async function removeHandle(
  node: ServedNode,
  params: ParamsOf<'handle.remove'>,
): Promise<ResultOf<'handle.remove'>> {
  const { identity, name: neighbour } = await findNeighbour(node, params.neighbour)
  const { name } = params
  if (await node.directory.handles.remove(identity.id, name)) return { neighbour, name }
  const message = `${neighbour} has no handle "${name}" of its own. \`posthorn handle list\` shows which there are.`
  throw new OperatingError(message, { code: 'unknown-handle', retry: 'never' })
}
