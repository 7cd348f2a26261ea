/**
 * The folder transport: USB sticks, Syncthing and shared folders, in the layout of `nncp-xfer` (NNCP manual).
 *
 * It promises: a packet that `drop` resolved for lies whole and durable under its name, and never lay there cut;
 * nothing outside the folder is read, made or removed, whatever links, pipes and names lie in it; one sync does bounded
 * work in flat memory. Beside Syncthing and nncp-xfer it keeps its hands off their temporary files, and they off ours.
 *
 * What fails is the medium, and all of it may pass: `medium-gone`, `medium-full`, `medium-read-only`,
 * `medium-unreadable`, `medium-obstructed`, `medium-file-too-big`, `medium-failed`, `changed-while-read`, each an
 * OperatingError to try again later. A folder that is not there is never made.
 */
import type { RandomSource } from '@posthorn/nncp'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { ParcelTransport } from '../transport.ts'
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
export function folderTransport({ log, random, clock, limits, files = nodeFiles }: FolderOptions): ParcelTransport {
  const context: FolderContext = {
    ...{ files, log, clock },
    limits: folderLimitsWith(limits ?? {}),
    places: new Places(files),
    temporaryNames: new TemporaryNames(random),
    rounds: new Rounds(),
    warnings: new OnceLog(log),
  }
  return {
    kind: 'parcel',
    scheme: 'file',
    // A stick in a pocket: hours. Its speed is that of a slow stick.
    traits: { latencyMs: 3_600_000, bytesPerSecond: 10_000_000, oneWay: false },
    drop: (parcel, at, { signal }) => dropParcel(context, parcel, at, signal),
    collect: (recipient, at, { signal }) => collectParcels(context, recipient, at, signal),
    placed: (sender, recipient, at, { signal }) => placedParcels(context, sender, recipient, at, signal),
    retire: (parcel, at, { signal }) => retireParcel(context, parcel, at, signal),
    watch: (at, { signal }) => watchFolder(context, at, signal),
    ready: at => context.places.isThere(at),
  }
}
