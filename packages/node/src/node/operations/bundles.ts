/** Packets as streams: bundles for tapes, discs, pipes and one-way broadcast. */
import { basename } from 'node:path'
import { maximumNiceness } from '@posthorn/nncp'
import { createBundle, openBundle } from '../../links/bundle/index.ts'
import type { SyncProgress } from '../../services/courier/index.ts'
import type { ServedNode } from '../served.ts'
import type { BundleRead, BundleWritten } from './bundle-types.ts'
import { findNeighbour } from './neighbours.ts'
import type { OperationContext, ParamsOf, ResultOf } from './types.ts'

export async function writeBundleFile(
  node: ServedNode,
  { path, name = basename(path), to, nice = maximumNiceness, hold = false }: ParamsOf<'bundle.write'>,
  context: OperationContext,
): Promise<BundleWritten> {
  const neighbours = to === undefined ? null : await Promise.all(to.map(known => findNeighbour(node, known)))
  const sink = await createBundle(path)
  return node.courier.bundles.write({
    ...{ name, sink, to: neighbours, nicenessMax: nice, hold },
    ...told(context),
  })
}

export async function confirmBundle(
  node: ServedNode,
  { path, name, release }: ParamsOf<'bundle.confirm'>,
  { signal }: OperationContext,
): Promise<ResultOf<'bundle.confirm'>> {
  return node.courier.bundles.confirm({ name, source: await openBundle(path), release, signal })
}

export async function readBundleFile(
  node: ServedNode,
  { path, name = basename(path) }: ParamsOf<'bundle.read'>,
  context: OperationContext,
): Promise<BundleRead> {
  return node.courier.bundles.read({ name, source: await openBundle(path), ...told(context) })
}

function told({ signal, progress }: OperationContext) {
  const onProgress = ({ phase, packets, bytes, bytesTotal }: SyncProgress) =>
    progress({ phase, packets, bytes, bytesTotal })
  return { signal, onProgress }
}
