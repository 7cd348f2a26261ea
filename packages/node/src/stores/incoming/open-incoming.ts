import { join } from 'node:path'
import { parseChunkedName } from '@posthorn/nncp'
import { assert } from '../../base/assert.ts'
import { memoryDays, today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import { diskFiles, takeIn, writeNewFile } from '../files/index.ts'
import { Chunks } from './chunks.ts'
import type { IncomingContext, IncomingOptions } from './context.ts'
import { prepareInner, prepareRoot } from './folder.ts'
import type { ArrivedFile, ArrivingFile, IncomingFiles, TakenFile } from './incoming.ts'
import { incomingLimits } from './limits.ts'
import { checkPath, ownPrefix } from './names.ts'
import { type PlacingRow, place, resumePlacing } from './place.ts'

export function openIncoming(options: IncomingOptions): IncomingFiles {
  const { database } = options
  const log = options.log.with({ room: 'incoming' })
  const context: IncomingContext = { ...options, log, files: options.files ?? diskFiles }
  const chunks = new Chunks(context)
  return {
    async take(file, { signal }) {
      // Files are named after it.
      assert(/^[A-Z2-7]{52}$/.test(file.id), 'a file came under an id that is none')
      const checked = checkPath(file.path, process.platform === 'win32')
      if ('fault' in checked) return { kind: 'refused', reason: checked.fault }
      const chunked = file.reassembles ? parseChunkedName(file.path) : undefined
      await prepareRoot(context, file)
      if (chunked !== undefined) return chunks.take(file, chunked, signal)
      return takeWhole(context, file, checked.parts, signal)
    },

    async list(limit) {
      const sql = `SELECT sender, path, size_bytes AS sizeBytes, at FROM arrived_files WHERE placed = 1
        ORDER BY sequence DESC LIMIT ?`
      return database.all<ArrivedFile>(sql, limit)
    },

    async unfinished(limit) {
      return chunks.rows.unfinished(limit)
    },

    forget: (origin, name) => chunks.forget(origin, name),

    prune: () => prune(database),
  }
}

async function takeWhole(
  context: IncomingContext,
  file: ArrivingFile,
  parts: readonly string[],
  signal: AbortSignal,
): Promise<TakenFile> {
  const { files } = context
  const { id, sender, origin, at } = file
  const folder = await prepareInner(files, file.folder, parts.slice(0, -1))
  const name = parts.at(-1) ?? ''
  if (folder === undefined) return { kind: 'refused', reason: 'a part of its path is no folder here' }
  const temporary = join(folder, `${ownPrefix}-${id}`)
  const resumed = await resumePlacing(context, id, temporary)
  if (resumed !== undefined) return placed(resumed)
  await files.unlink(temporary)
  await writeNewFile(files, temporary, async writer => {
    const limits = { signal, sizeBytesMax: Number.MAX_SAFE_INTEGER }
    await takeIn(file.body, limits, chunk => writer.write(chunk))
  })
  await files.syncDirectory(folder)
  const outcome = await place(context, { id, sender, origin, temporary, target: join(folder, name), at })
  if (!('fault' in outcome)) return placed(outcome)
  await files.unlink(temporary)
  return { kind: 'refused', reason: outcome.fault }
}

function placed({ path, sizeBytes }: PlacingRow): TakenFile {
  return { kind: 'placed', path, sizeBytes, chunked: false }
}

async function prune(database: Database): Promise<void> {
  const { prunedAtOnceMax, pruneRoundsMax } = incomingLimits
  const aged = [
    ['arrived_files', 'TRUE'],
    ['file_chunks', 'used = 1'],
    ['chunked_files', `state <> 'gathering'`],
  ] as const
  for (const [table, ended] of aged) {
    const sql = `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE ${ended} AND day < ? LIMIT ?)`
    for (let round = 0; round < pruneRoundsMax; round += 1) {
      const removed = await database.commit(() => database.run(sql, today(database) - memoryDays, prunedAtOnceMax))
      if (removed < prunedAtOnceMax) break
    }
  }
}
