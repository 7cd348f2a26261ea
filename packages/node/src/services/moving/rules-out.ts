/** The other way of `rules.ts` and `areas.ts`: rules of this node in NNCP's units. */
import type { NncpArea, NncpCall, NncpFreq, NncpLineOptions, NodeId } from '@posthorn/nncp'
import type { Area, CallSchedule, FileRules, LineBounds } from '../../stores/directory/directory.ts'
import type { MovingNote } from './notes.ts'

const bytesPerKib = 1024
const msPerSecond = 1000
const nicenessMost = 255

/** Null when nothing was set. Sizes are rounded so that no more is allowed than here. */
export function freqOut(rules: FileRules): NncpFreq | null {
  const { requestPath: path, requestChunkBytes, requestMinimumBytes, requestBytesMax } = rules
  const freq: NncpFreq = {
    path,
    chunkKib: requestChunkBytes === null ? null : Math.ceil(requestChunkBytes / bytesPerKib),
    sizeKibMin: requestMinimumBytes === 0 ? null : Math.ceil(requestMinimumBytes / bytesPerKib),
    sizeKibMax: requestBytesMax === null ? null : Math.max(1, Math.floor(requestBytesMax / bytesPerKib)),
  }
  return Object.values(freq).every(value => value === null) ? null : freq
}

/** Bytes a second have no place in it. */
export function lineOut(bounds: LineBounds): NncpLineOptions {
  const seconds = (ms: number | null) => (ms === null ? null : Math.ceil(ms / msPerSecond))
  return {
    rxRate: bounds.rxPacketsPerSecond,
    txRate: bounds.txPacketsPerSecond,
    onlineDeadlineSeconds: seconds(bounds.onlineDeadlineMs),
    onlineSecondsMax: seconds(bounds.onlineMsMax),
  }
}

/** @param address as NNCP has it: an address, or the name of one of the neighbour's. */
export function callOut(schedule: CallSchedule, address: string | null): NncpCall {
  const { cron, whenWaiting, nicenessMax, direction } = schedule
  return {
    ...lineOut(schedule),
    cron,
    nicenessMax: nicenessMax === nicenessMost ? null : nicenessMax,
    only: direction === 'both' ? null : direction === 'receive' ? 'rx' : 'tx',
    address,
    flags: whenWaiting ? ['when-tx-exists'] : [],
  }
}

/** NNCP passes messages on to neighbours only, and does nothing else with those that it cannot read. */
export function areaOut(
  area: Area,
  { names, folder, notes }: { names: ReadonlyMap<NodeId, string>; folder: string; notes: MovingNote[] },
): Omit<NncpArea, 'exec'> {
  const { name, id, publicKey, privateKey, subscribers, takesFiles, allowUnknown } = area
  const strangers = subscribers.filter(subscriber => !names.has(subscriber))
  if (strangers.length > 0) {
    const why = 'NNCP passes messages on to neighbours only, and these are none.'
    notes.push({ what: `area ${name}, subscribers ${strangers.join(', ')}`, why })
  }
  const others = area.handles.filter(handle => handle !== 'sendmail')
  if (others.length > 0) {
    const why = 'Programs of areas are not written out: set them again in the configuration.'
    notes.push({ what: `area ${name}, ${others.join(', ')}`, why })
  }
  const incoming = area.incoming ?? (privateKey === null ? null : folder)
  const subs = subscribers.flatMap(subscriber => names.get(subscriber) ?? [])
  return { name, id, publicKey, privateKey, subscribers: subs, incoming: takesFiles ? incoming : null, allowUnknown }
}
