/**
 * The folder transport: USB sticks, Syncthing and shared folders, in the layout of `nncp-xfer` (NNCP manual).
 *
 * It promises: a packet that `drop` resolved for lies whole and durable under its name, and never lay there cut; nothing
 * outside the folder is read, made or removed, whatever links, pipes and names lie in it; one sync does bounded work in
 * flat memory. Beside Syncthing and nncp-xfer it keeps its hands off their temporary files, and they off ours.
 *
 * What fails is the medium, and all of it may pass: `medium-gone`, `medium-full`, `medium-read-only`, `medium-unreadable`,
 * `medium-obstructed`, `medium-file-too-big`, `medium-failed`, `changed-while-read`, each an OperatingError to try again
 * later. A folder that is not there is never made.
 */
import type { NodeId, PacketId, RandomSource } from '@posthorn/nncp'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { CallOptions, IncomingParcel, OutgoingParcel, ParcelTransport } from '../transport.ts'
import { collectParcels, placedParcels } from './collect.ts'
import { type FolderContext, OnceLog } from './context.ts'
import { dropParcel, retireParcel } from './drop.ts'
import { type FolderFiles, nodeFiles } from './files.ts'
import { type FolderLimits, folderLimitsWith } from './limits.ts'
import { TemporaryNames } from './names.ts'
import { Places } from './place.ts'
import { Rounds } from './rounds.ts'
import { watchFolder } from './watch.ts'

export interface FolderOptions {
  readonly log: Log
  readonly random: RandomSource
  readonly clock: Clock
  readonly limits?: Partial<FolderLimits>
  /** The file system; this machine's unless a test says otherwise. */
  readonly files?: FolderFiles
}

/** Folders named by `file:` URLs. One instance per node: it remembers where a bounded sync stopped. */
export function folderTransport(options: FolderOptions): ParcelTransport {
  return new FolderTransport(options)
}

class FolderTransport implements ParcelTransport {
  readonly kind = 'parcel'
  readonly scheme = 'file'
  /** A stick in a pocket: hours. Its speed is that of a slow stick. */
  readonly traits = { latencyMs: 3_600_000, bytesPerSecond: 10_000_000, oneWay: false }
  readonly #context: FolderContext

  constructor({ log, random, clock, limits, files = nodeFiles }: FolderOptions) {
    this.#context = {
      files,
      log,
      clock,
      limits: folderLimitsWith(limits ?? {}),
      places: new Places(files),
      temporaryNames: new TemporaryNames(random),
      rounds: new Rounds(),
      warnings: new OnceLog(log),
    }
  }

  drop(parcel: OutgoingParcel, at: URL, { signal }: CallOptions): Promise<'written' | 'present'> {
    return dropParcel(this.#context, parcel, at, signal)
  }

  collect(recipient: NodeId, at: URL, { signal }: CallOptions): AsyncIterable<IncomingParcel> {
    return collectParcels(this.#context, recipient, at, signal)
  }

  placed(sender: NodeId, recipient: NodeId, at: URL, { signal }: CallOptions): AsyncIterable<PacketId> {
    return placedParcels(this.#context, sender, recipient, at, signal)
  }

  async retire(
    parcel: { sender: NodeId; recipient: NodeId; id: PacketId },
    at: URL,
    { signal }: CallOptions,
  ): Promise<void> {
    signal.throwIfAborted()
    await retireParcel(this.#context, parcel, at)
  }

  watch(at: URL, { signal }: CallOptions): AsyncIterable<void> {
    return watchFolder(this.#context, at, signal)
  }

  ready(at: URL): Promise<boolean> {
    return this.#context.places.isThere(at)
  }
}
