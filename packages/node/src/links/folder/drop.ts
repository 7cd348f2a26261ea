import { join } from 'node:path'
import { assert } from '../../base/assert.ts'
import { abortError } from '../../base/clock.ts'
import { OperatingError, systemCode } from '../../base/errors.ts'
import { WriteBehind } from '../../base/write-behind.ts'
import type { OutgoingParcel } from '../transport.ts'
import type { FolderContext } from './context.ts'
import { mediumError, mediumGone, mediumObstructed } from './errors.ts'
import { createFlags, type OpenFile } from './files.ts'
import { lstatIfThere, type Root } from './place.ts'

/** Thrown by the reader of the packet, not by the medium: handed on unchanged. */
class SourceFailure extends Error {
  constructor(cause: unknown) {
    super('the packet could not be read', { cause })
  }
}

/**
 * Writes one packet: temporary file, fsync, rename, fsync of the directory. Whatever fails, no temporary file stays
 * unless the medium itself is gone; the next sync then clears it away.
 */
export async function dropParcel(
  context: FolderContext,
  parcel: OutgoingParcel,
  at: URL,
  signal: AbortSignal,
): Promise<'written' | 'present'> {
  const root = await context.places.root(at)
  try {
    return await drop(context, root, parcel, signal)
  } catch (error) {
    if (error instanceof SourceFailure) throw error.cause
    throw await context.places.explain(error, at, 'writing')
  }
}

async function drop(context: FolderContext, root: Root, parcel: OutgoingParcel, signal: AbortSignal) {
  const { files, places } = context
  if (signal.aborted) throw abortError(signal)
  for (const name of [parcel.recipient, parcel.sender, parcel.id]) {
    assert(/^[A-Z2-7]{52}$/.test(name), 'a name on the medium is 52 characters of Base32')
  }
  const existing = await places.existing(root, parcel.recipient, parcel.sender)
  if (existing !== undefined && (await isPresent(context, join(existing, parcel.id), parcel.sizeBytes))) {
    await places.syncDirectoryOnce(existing)
    return 'present'
  }
  await refuseWithoutRoom(context, root, parcel.sizeBytes)
  const directory = await places.made(root, parcel.recipient, parcel.sender)
  const temporary = join(directory, context.temporaryNames.next())
  const file = await files.open(temporary, createFlags)
  try {
    await writeAll(file, parcel, signal)
    const still = await places.existing(root, parcel.recipient, parcel.sender)
    if (still === undefined) throw mediumGone(root.path)
    if (still !== directory) throw mediumObstructed(directory)
    await files.rename(temporary, join(directory, parcel.id))
  } catch (error) {
    await files.unlink(temporary).catch(() => {})
    throw error
  }
  await places.syncDirectory(directory)
  return 'written'
}

/** A file of that name and another size is a torn copy of ours and is replaced; what is no file stops the drop. */
async function isPresent(context: FolderContext, path: string, sizeBytes: number): Promise<boolean> {
  const found = await lstatIfThere(context.files, path)
  if (found === undefined) return false
  if (!found.isFile()) throw mediumObstructed(path)
  return found.size === BigInt(sizeBytes)
}

async function refuseWithoutRoom(context: FolderContext, root: Root, sizeBytes: number): Promise<void> {
  const space = await context.files.statfs(root.path)
  if (space.blocks === 0) return
  const freeBytes = space.bavail * space.bsize
  const neededBytes = sizeBytes + context.limits.freeBytesMargin
  if (freeBytes >= neededBytes) return
  throw mediumError(
    'medium-full',
    `There is no room in ${root.path}: ${inWords(neededBytes)} are needed and ${inWords(freeBytes)} are free.`,
    { path: root.path, neededBytes, freeBytes },
  )
}

function inWords(sizeBytes: number): string {
  return sizeBytes < 1_000_000 ? `${Math.ceil(sizeBytes / 1000)} kB` : `${(sizeBytes / 1_000_000).toFixed(1)} MB`
}

/** Durable and closed when it resolves; closed when it rejects. */
async function writeAll(file: OpenFile, parcel: OutgoingParcel, signal: AbortSignal): Promise<void> {
  try {
    const behind = new WriteBehind(block => file.writeFile(block))
    let writtenBytes = 0
    for await (const chunk of source(parcel)) {
      if (signal.aborted) throw abortError(signal)
      writtenBytes += chunk.length
      if (writtenBytes > parcel.sizeBytes) throw wrongSize(parcel)
      await behind.add(chunk)
    }
    await behind.flush()
    if (signal.aborted) throw abortError(signal)
    if (writtenBytes !== parcel.sizeBytes) throw wrongSize(parcel)
    await file.sync()
  } catch (error) {
    await file.close().catch(() => {})
    throw error
  }
  await file.close()
}

function wrongSize(parcel: OutgoingParcel): OperatingError {
  const fields = { packetId: parcel.id, sizeBytes: parcel.sizeBytes }
  return new OperatingError('a packet has not the size it says', { code: 'packet-size', retry: 'later', fields })
}

async function* source(parcel: OutgoingParcel): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of parcel.read()) yield chunk
  } catch (error) {
    throw new SourceFailure(error)
  }
}

/** Takes a file of ours off the medium; harmless when it is gone, and what is no file stays. */
export async function retireParcel(
  context: FolderContext,
  parcel: Pick<OutgoingParcel, 'recipient' | 'sender' | 'id'>,
  at: URL,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) throw abortError(signal)
  const root = await context.places.root(at)
  try {
    const directory = await context.places.existing(root, parcel.recipient, parcel.sender)
    if (directory === undefined) return
    const path = join(directory, parcel.id)
    if ((await lstatIfThere(context.files, path))?.isFile() === true) await context.files.unlink(path)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return
    throw await context.places.explain(error, at, 'writing')
  }
}
