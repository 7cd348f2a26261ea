/** What moving in would do where there is no node yet: the same work, on stores in memory that are then forgotten. */
import type { NodeId, Suite } from '@posthorn/nncp'
import { memoryDirectory } from '../../stores/directory/memory.ts'
import { memorySpool } from '../../stores/spool/memory.ts'
import { importConfig, takeSpoolAt } from '../operations/moving.ts'
import type { OperationContext, ResultOf } from '../operations/types.ts'

export interface ImportPreview {
  readonly imported: ResultOf<'nncp.import'>
  readonly taken: ResultOf<'nncp.take-spool'> | null
}

export async function previewImport(
  options: { readonly suite: Suite; readonly id: NodeId; readonly config: unknown; readonly spool: string | null },
  context: OperationContext,
): Promise<ImportPreview> {
  const { suite, id, config, spool } = options
  const packetBytesMax = Number.MAX_SAFE_INTEGER
  const node = { suite, identity: { id }, spool: memorySpool({ suite }), directory: memoryDirectory(), packetBytesMax }
  const imported = await importConfig(node, { config })
  const taken = spool === null ? null : await takeSpoolAt(node, { path: spool, dryRun: true }, context)
  return { imported, taken }
}
