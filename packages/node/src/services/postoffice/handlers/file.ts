/**
 * `file` packets: what a neighbour sent comes into the folder for its files.
 *
 * It promises what the store of incoming files promises: whole or not at all, once, inside the folder, in no one's
 * place. What cannot have its name there is set aside with the reason, and is ours; what its sender may not send is
 * set aside too, and stays with its sender.
 */
import { join } from 'node:path'
import { type NodeId, type OpenedPacket, parseTextPath } from '@posthorn/nncp'
import type { Directory, Neighbour } from '../../../stores/directory/directory.ts'
import type { IncomingFiles } from '../../../stores/incoming/incoming.ts'
import type { InboundPacket } from '../../../stores/spool/spool.ts'
import type { Outcome, TossOutcome } from './outcome.ts'

export interface FileHandlerContext {
  readonly incoming: IncomingFiles
  readonly directory: Directory
  /** Below it each neighbour has a folder, by its name, unless a person chose another. */
  readonly incomingFolder: string
  now(): number
}

export interface FileToTake {
  /** What it is known by when it is tossed again: the packet's id, or that of a message in an area. */
  readonly id: string
  readonly sender: NodeId
  /** The neighbour or area that it came from: its chunks belong together. */
  readonly origin: NodeId
  /** Absolute path of the folder for what comes from there. */
  readonly folder: string
  /** Whether that is made when it is not there. */
  readonly makeFolder: boolean
  readonly reassembles: boolean
  /** The path of the plain packet. */
  readonly path: Uint8Array
  readonly sizeBytes: number
  /** Proven only at its end. */
  readonly body: AsyncIterable<Uint8Array>
}

/** A `file` packet of a neighbour. */
export async function handleFile(
  context: FileHandlerContext,
  { packet, from, opened }: { packet: InboundPacket; from: Neighbour; opened: OpenedPacket },
  signal: AbortSignal,
): Promise<TossOutcome> {
  const rules = await context.directory.files.get(from.identity.id)
  const { path } = opened.plain
  if (!rules.takesFiles) {
    for await (const _ of opened.body);
    const how = `posthorn neighbour set ${from.name} --incoming default`
    const reason = `${from.name} may not send files to this node; to allow it: ${how}`
    return { kind: 'set-aside', reason, refused: true, fields: { file: parseTextPath(path) } }
  }
  const { incoming, reassembles } = rules
  const folder = incoming ?? join(context.incomingFolder, from.name)
  const node = from.identity.id
  const { id, sizeBytes } = packet
  const common = { id, sizeBytes, sender: node, origin: node, path, body: opened.body }
  try {
    return await takeFile(context, { ...common, folder, makeFolder: incoming === null, reassembles }, signal)
  } finally {
    // One that was taken before is not read again.
    await opened.close()
  }
}

/** A file from anywhere, also out of an area. */
export async function takeFile(
  context: Pick<FileHandlerContext, 'incoming' | 'now'>,
  file: FileToTake,
  signal: AbortSignal,
): Promise<Outcome<'done' | 'set-aside'>> {
  const path = parseTextPath(file.path)
  const taken = await context.incoming.take({ ...file, path, at: context.now() }, { signal })
  switch (taken.kind) {
    case 'placed': {
      const { path: placed, sizeBytes, chunked } = taken
      return { kind: 'done', outbound: [], fields: { file: path, placed, sizeBytes, chunked } }
    }
    case 'part':
      return { kind: 'done', outbound: [], fields: { file: path, partOf: taken.name } }
    case 'refused': {
      // To its end, so that what is said of it is said of a packet that its sender really made.
      for await (const _ of file.body);
      return { kind: 'set-aside', reason: `a file that was not taken: ${taken.reason}`, fields: { file: path } }
    }
  }
}
