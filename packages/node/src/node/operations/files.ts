/** Files between neighbours. */
import { bulkNiceness, normalNiceness, parseNodeId } from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import { openSource } from '../../stores/outgoing/index.ts'
import type { ServedNode } from '../served.ts'
import { findNeighbour } from './neighbours.ts'
import type { FileList, FileSent, OperationContext, ParamsOf, ResultOf } from './types.ts'

const defaultListed = 100
/** How many bytes pass between two steps of the progress. */
const progressBytes = 4 * 1024 ** 2

export async function sendFile(
  node: ServedNode,
  params: ParamsOf<'file.send'>,
  { signal, progress }: OperationContext,
): Promise<FileSent> {
  const { path, as, nice: niceness = bulkNiceness, chunkBytes = null, minimumSizeBytes = 0 } = params
  const to = await findNeighbour(node, params.to)
  const source = await openSource(path)
  try {
    const name = source.kind === 'folder' ? `${as}.tar` : as
    const bytesTotal = source.sizeBytes
    let toldBytes = 0
    const onProgress = ({ packets, bytes }: { packets: number; bytes: number }) => {
      if (bytes - toldBytes < progressBytes && bytes !== bytesTotal) return
      toldBytes = bytes
      progress({ phase: 'sealing', packets, bytes, bytesTotal })
    }
    const file = { to, name, body: source.read({ lent: true }), niceness, minimumSizeBytes, chunkBytes, onProgress }
    return { neighbour: to.name, file: name, ...(await node.postOffice.sendFile(file, signal)) }
  } finally {
    await source.close()
  }
}

export async function requestFile(
  node: ServedNode,
  params: ParamsOf<'file.request'>,
  { signal }: OperationContext,
): Promise<ResultOf<'file.request'>> {
  const { source, nice: niceness = normalNiceness, replyNice: replyNiceness = bulkNiceness } = params
  const to = await findNeighbour(node, params.to)
  const name = params.as ?? source.split('/').at(-1) ?? source
  const { packetId } = await node.postOffice.requestFile({ to, source, name, niceness, replyNiceness }, signal)
  return { neighbour: to.name, file: name, packetId }
}

export async function listFiles(node: ServedNode, { limit = defaultListed }: ParamsOf<'file.list'>): Promise<FileList> {
  const neighbours = await node.directory.neighbours.list()
  const names = new Map(neighbours.map(({ identity, name }) => [identity.id, name]))
  const files = await node.incoming.list(limit)
  const unfinished = await node.incoming.unfinished(limit)
  return {
    files: files.map(({ sender, path, sizeBytes, at }) => ({
      path,
      from: names.get(sender) ?? sender,
      sizeBytes,
      at: new Date(at).toISOString(),
    })),
    unfinished: unfinished.map(({ origin, name, ...counts }) => ({
      file: name,
      from: names.get(origin) ?? origin,
      ...counts,
    })),
  }
}

/** Of a chunked file that will never be whole. */
export async function forgetFile(node: ServedNode, params: ParamsOf<'file.forget'>): Promise<ResultOf<'file.forget'>> {
  const { file } = params
  const id = parseNodeId(params.from)
  // By its id also a node that is no neighbour any more.
  const { origin, from } =
    id === undefined
      ? await findNeighbour(node, params.from).then(({ identity, name }) => ({ origin: identity.id, from: name }))
      : { origin: id, from: params.from }
  const chunks = await node.incoming.forget(origin, file)
  if (chunks > 0) return { from, file, chunks }
  throw new OperatingError(`Nothing of ${file} from ${from} waits. \`posthorn file list\` shows what does.`, {
    code: 'unknown-file',
    retry: 'never',
  })
}
