import { join } from 'node:path'
import { type NodeId, type PacketId, parseNodeId, parsePacketId } from '@posthorn/nncp'
import { abortError } from '../../base/clock.ts'
import { OperatingError, systemCode } from '../../base/errors.ts'
import type { IncomingParcel } from '../transport.ts'
import type { FolderContext } from './context.ts'
import { FoundParcel } from './parcel.ts'
import { lstatIfThere, type Root } from './place.ts'

/** One walk over part of a folder: what it may look at, and where it stopped. */
interface Walk {
  readonly context: FolderContext
  readonly root: Root
  readonly at: URL
  readonly signal: AbortSignal
  /** Names this walk in `Rounds`. */
  readonly what: string
  examined: number
}

/** Packets for one recipient. Throws `medium-gone` and the like; a single odd entry is passed over. */
export async function* collectParcels(
  context: FolderContext,
  recipient: NodeId,
  at: URL,
  signal: AbortSignal,
): AsyncGenerator<IncomingParcel> {
  const root = await context.places.root(at)
  const walk: Walk = { context, root, at, signal, what: `collect ${recipient}`, examined: 0 }
  try {
    yield* collectFrom(walk, recipient)
  } catch (error) {
    throw await context.places.explain(error, at, 'reading')
  }
}

async function* collectFrom(walk: Walk, recipient: NodeId): AsyncGenerator<IncomingParcel> {
  const { context, root } = walk
  const directory = await context.places.existing(root, recipient)
  if (directory === undefined) return
  const begin = context.rounds.begin(root.path, walk.what)
  let directories = 0
  for await (const name of context.files.names(directory)) {
    const number = directories
    directories += 1
    if (number < begin.directories) continue
    if (!mayExamine(walk)) return stopAt(walk, number, 0)
    const sender = parseNodeId(name)
    if (sender === undefined) continue
    const stoppedAt = yield* collectSender(walk, recipient, sender, number === begin.directories ? begin.entries : 0)
    if (stoppedAt !== undefined) return stopAt(walk, number, stoppedAt)
  }
  context.rounds.finished(root.path, walk.what)
}

/** Answers how many entries are behind it when it had to stop, undefined at the end of the directory. */
async function* collectSender(
  walk: Walk,
  recipient: NodeId,
  sender: NodeId,
  skipped: number,
): AsyncGenerator<IncomingParcel, number | undefined> {
  const { context, root } = walk
  const directory = await existingOrPassedOver(context, root, recipient, sender)
  if (directory === undefined) return undefined
  let behind = 0
  for await (const name of context.files.names(directory)) {
    if (behind < skipped) {
      behind += 1
      continue
    }
    if (!mayExamine(walk)) return behind
    behind += 1
    const id = parsePacketId(name)
    const parcel = id === undefined ? undefined : await found(walk, { recipient, sender, id, directory })
    if (parcel === undefined) continue
    yield parcel
    if (parcel.hasLeft) behind -= 1
  }
  return undefined
}

interface Found {
  readonly recipient: NodeId
  readonly sender: NodeId
  readonly id: PacketId
  readonly directory: string
}

async function found(walk: Walk, where: Found): Promise<FoundParcel | undefined> {
  const { context, root, at, signal } = walk
  const path = join(where.directory, where.id)
  const stats = await lstatIfThere(context.files, path)
  if (stats === undefined) return undefined
  if (!stats.isFile()) {
    context.warnings.warn(path, 'what has the name of a packet is no file; it is left alone', { path })
    return undefined
  }
  return new FoundParcel(context, { ...where, root, at, signal, stats })
}

async function existingOrPassedOver(
  context: FolderContext,
  root: Root,
  recipient: NodeId,
  sender: NodeId,
): Promise<string | undefined> {
  try {
    return await context.places.existing(root, recipient, sender)
  } catch (error) {
    if (!(error instanceof OperatingError && error.code === 'medium-obstructed')) throw error
    const path = join(root.path, recipient, sender)
    context.warnings.warn(path, 'what has the name of a sender is no folder; it is left alone', { path })
    return undefined
  }
}

/** Counts one entry; throws when the walk was cancelled. False when this sync has looked at enough. */
function mayExamine(walk: Walk): boolean {
  if (walk.signal.aborted) throw abortError(walk.signal)
  if (walk.examined >= walk.context.limits.entriesPerSyncMax) return false
  walk.examined += 1
  return true
}

function stopAt(walk: Walk, directories: number, entries: number): void {
  const { context, root } = walk
  context.rounds.interrupted(root.path, walk.what, { directories, entries })
  const fields = { path: root.path, entries: walk.examined }
  context.log.warn('the folder holds more files than one sync looks at; the next sync goes on from here', fields)
}

/**
 * Our own packets for a neighbour. Temporary files that an earlier process of this node left in that directory, which
 * only this node writes to, are cleared away on the way.
 */
export async function* placedParcels(
  context: FolderContext,
  sender: NodeId,
  recipient: NodeId,
  at: URL,
  signal: AbortSignal,
): AsyncGenerator<PacketId> {
  const root = await context.places.root(at)
  const walk: Walk = { context, root, at, signal, what: `placed ${recipient} ${sender}`, examined: 0 }
  try {
    yield* placedIn(walk, await context.places.existing(root, recipient, sender))
  } catch (error) {
    throw await context.places.explain(error, at, 'reading')
  }
}

async function* placedIn(walk: Walk, directory: string | undefined): AsyncGenerator<PacketId> {
  const { context, root } = walk
  if (directory === undefined) return
  const { entries } = context.rounds.begin(root.path, walk.what)
  let behind = 0
  for await (const name of context.files.names(directory)) {
    behind += 1
    if (behind <= entries) continue
    if (!mayExamine(walk)) return stopAt(walk, 0, behind - 1)
    if (context.temporaryNames.isStale(name)) await clearAway(context, join(directory, name))
    const id = parsePacketId(name)
    if (id !== undefined) yield id
  }
  context.rounds.finished(root.path, walk.what)
}

async function clearAway(context: FolderContext, path: string): Promise<void> {
  try {
    await context.files.unlink(path)
    context.log.info('cleared away a file that was never finished', { path })
  } catch (error) {
    context.log.debug('a file that was never finished stays', { path, systemCode: systemCode(error) })
  }
}
