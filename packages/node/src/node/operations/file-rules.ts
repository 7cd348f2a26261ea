/** What each neighbour may do with files. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatingError } from '../../base/errors.ts'
import type { FileRules } from '../../stores/directory/index.ts'
import type { ServedNode } from '../served.ts'
import { findNeighbour } from './neighbours.ts'
import type { FileRulesShown, ParamsOf } from './types.ts'

/** Changes what is given and answers all of it; nothing given changes nothing. */
export async function setFileRules(node: ServedNode, params: ParamsOf<'neighbour.set'>): Promise<FileRulesShown> {
  const { identity, name } = await findNeighbour(node, params.name)
  const old = await node.directory.files.get(identity.id)
  const { incoming, reassemble, freq, freqChunk, freqMinSize, freqMaxSize } = params
  for (const path of [incoming, freq]) if (path && path !== 'default') await checkFolder(path)
  const rules: FileRules = {
    takesFiles: incoming === undefined ? old.takesFiles : incoming !== null,
    incoming: incoming === undefined ? old.incoming : incoming === 'default' ? null : incoming,
    reassembles: reassemble ?? old.reassembles,
    requestPath: freq === undefined ? old.requestPath : freq,
    requestChunkBytes: freqChunk === undefined ? old.requestChunkBytes : freqChunk,
    requestMinimumBytes: freqMinSize ?? old.requestMinimumBytes,
    requestBytesMax: freqMaxSize === undefined ? old.requestBytesMax : freqMaxSize,
  }
  await node.directory.files.set(identity.id, rules)
  return {
    name,
    incoming: rules.takesFiles ? (rules.incoming ?? join(node.home.incoming, name)) : null,
    reassemble: rules.reassembles,
    freq: rules.requestPath,
    freqChunk: rules.requestChunkBytes,
    freqMinSize: rules.requestMinimumBytes,
    freqMaxSize: rules.requestBytesMax,
  }
}

async function checkFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory()) return
  const message = `${path} is not a folder. Make it first; nothing was changed.`
  throw new OperatingError(message, { code: 'no-such-folder', retry: 'never', fields: { path } })
}
