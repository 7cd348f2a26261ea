/** For tests of files that come in: a store whose disk and database fail when asked, and files cut into chunks. */
import { createHash, createHmac } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  chunkCount,
  chunkName,
  encodeChunkedMeta,
  metaName,
  mthHasher,
  type NodeId,
  nodeIdFromBytes,
  packetIdFromBytes,
  type Suite,
} from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { onTestFinished } from 'vitest'
import { silentLog } from '../../base/log.ts'
import { openDatabase } from '../database/database.ts'
import { Faults, faultyDatabase, faultyFiles } from '../files/faults.ts'
import { scratchDirectory } from '../files/scratch-directory.ts'
import type { ArrivingFile, IncomingFiles } from './incoming.ts'
import { openIncoming } from './open-incoming.ts'

/** Not NNCP's hash, but as good for telling bytes apart, and native. */
const quickSuite: Suite = {
  ...pureSuite,
  blake3: data => createHash('sha256').update(data).digest(),
  blake3Keyed: (key, data) => createHmac('sha256', key).update(data).digest(),
}

export const sender: NodeId = nodeIdFromBytes(new Uint8Array(32).fill(7))
const never = new AbortController().signal

export function idOf(text: string): string {
  return packetIdFromBytes(createHash('sha256').update(text).digest())
}

export interface SentFile extends Partial<ArrivingFile> {
  readonly path: string
  readonly content: string
}

export interface Bench {
  readonly folder: string
  readonly faults: Faults
  /** The store as it is after a start of the program. */
  readonly start: () => IncomingFiles
  readonly take: (store: IncomingFiles, file: SentFile) => ReturnType<IncomingFiles['take']>
  /** Every file below the folder, with the paths of those that are not whole left out unless asked for. */
  readonly files: (all?: boolean) => Promise<string[]>
}

export async function bench(freeBytes?: () => Promise<number>): Promise<Bench> {
  const folder = join(await scratchDirectory(), 'incoming', 'node')
  const database = openDatabase(':memory:')
  onTestFinished(() => database.close())
  const faults = new Faults()
  return {
    folder,
    faults,
    start: () =>
      openIncoming({
        database: faultyDatabase(database, faults),
        suite: quickSuite,
        log: silentLog,
        files: faultyFiles(faults),
        ...(freeBytes === undefined ? {} : { freeBytes }),
      }),
    take: (store, { content, ...file }) =>
      store.take(
        {
          id: idOf(`${file.path}\n${content}`),
          sender,
          origin: sender,
          folder,
          makeFolder: true,
          reassembles: true,
          sizeBytes: content.length,
          body: bodyOf(content),
          at: 1_700_000_000_000,
          ...file,
        },
        { signal: never },
      ),
    async files(all = false) {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
      const files = entries.filter(entry => !entry.isDirectory())
      const names = files.map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
      return names.filter(name => all || !name.includes('.posthorn')).sort()
    },
  }
}

export async function* bodyOf(content: string): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(content, 'latin1')
  for (let start = 0; start < bytes.length; start += 3) yield bytes.subarray(start, start + 3)
}

/** The files that `nncp-file -chunked` makes of one: the chunks, then their description. */
export function chunksOf(name: string, content: string, chunkBytes: number): SentFile[] {
  const bytes = Buffer.from(content, 'latin1')
  const pieces = Array.from({ length: chunkCount(bytes.length, chunkBytes) }, (_, number) =>
    bytes.subarray(number * chunkBytes, (number + 1) * chunkBytes),
  )
  const hashes = pieces.map(piece => {
    const hasher = mthHasher(quickSuite)
    hasher.update(piece)
    return hasher.digest()
  })
  const meta = encodeChunkedMeta({ sizeBytes: bytes.length, chunkBytes, hashes })
  return [
    ...pieces.map((piece, number) => ({ path: chunkName(name, number), content: piece.toString('latin1') })),
    { path: metaName(name), content: Buffer.from(meta).toString('latin1') },
  ]
}
