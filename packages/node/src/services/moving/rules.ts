/** What NNCP lets a neighbour do with files and lines, as rules of this node. */
import type { NncpCall, NncpConfig, NncpLineOptions, NncpNeighbour } from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import { callableUrl } from '../../links/address.ts'
import type { CallSchedule, FileRules, LineBounds, NeighbourRules } from '../../stores/directory/directory.ts'
import { directoryLimits } from '../../stores/directory/limits.ts'
import { handlesOf } from './handles.ts'
import type { MovingNote } from './notes.ts'

const bytesPerKib = 1024
const msPerSecond = 1000
const chunkBytesMin = 64 * 1024
const nicenessMost = 255

/**
 * All that a neighbour may do here, and how it is called.
 *
 * @param comes whether a cron expression means anything, and its time ever comes.
 */
export function rulesOf(
  from: NncpNeighbour,
  config: NncpConfig,
  comes: (cron: string) => boolean,
): { rules: NeighbourRules; notes: readonly MovingNote[] } {
  const at = `neigh.${from.name}`
  const { handles, notes: noted } = handlesOf(from, config)
  const notes = [...noted]
  const schedules: CallSchedule[] = []
  for (const [number, call] of from.calls.entries()) {
    const schedule = scheduleOf(call, from)
    if (schedule !== undefined && comes(schedule.cron) && schedules.length < directoryLimits.schedulesMax) {
      schedules.push(schedule)
      continue
    }
    const why = 'Its time never comes, its address cannot be called, or there are too many: see posthorn schedule.'
    notes.push({ what: `${at}.calls[${number}]`, why })
  }
  const { chunkKib } = from.freq ?? {}
  if (typeof chunkKib === 'number' && chunkKib > 0 && chunkKib * bytesPerKib < chunkBytesMin) {
    notes.push({ what: `${at}.freq.chunked`, why: 'Chunks are of 64 KiB at least here.' })
  }
  return { rules: { files: fileRulesOf(from), bounds: boundsOf(from), schedules, handles }, notes }
}

/** Without `incoming` NNCP takes no files; chunks are put together here by themselves. */
export function fileRulesOf({ incoming, freq }: NncpNeighbour): FileRules {
  const bytes = (kib: number | null | undefined) => (typeof kib !== 'number' || kib === 0 ? null : kib * bytesPerKib)
  const chunkBytes = bytes(freq?.chunkKib)
  return {
    takesFiles: incoming !== null,
    incoming,
    reassembles: true,
    requestPath: freq?.path ?? null,
    requestChunkBytes: chunkBytes === null ? null : Math.max(chunkBytes, chunkBytesMin),
    requestMinimumBytes: bytes(freq?.sizeKibMin) ?? 0,
    requestBytesMax: bytes(freq?.sizeKibMax),
  }
}

/** To NNCP 0 is no bound. */
export function boundsOf({ rxRate, txRate, onlineDeadlineSeconds, onlineSecondsMax }: NncpLineOptions): LineBounds {
  const ms = (seconds: number | null) => (seconds === null || seconds === 0 ? null : seconds * msPerSecond)
  return {
    onlineDeadlineMs: ms(onlineDeadlineSeconds),
    onlineMsMax: ms(onlineSecondsMax),
    rxPacketsPerSecond: rxRate === 0 ? null : rxRate,
    txPacketsPerSecond: txRate === 0 ? null : txRate,
    rxBytesPerSecond: null,
    txBytesPerSecond: null,
  }
}

/** Undefined when its address cannot be called from here. Its cron expression is not checked. */
export function scheduleOf(call: NncpCall, { addresses }: NncpNeighbour): CallSchedule | undefined {
  const named = addresses.find(({ name }) => name === call.address)?.address ?? call.address
  try {
    return {
      ...boundsOf(call),
      cron: call.cron,
      whenWaiting: call.flags.includes('when-tx-exists'),
      nicenessMax: call.nicenessMax ?? nicenessMost,
      direction: call.only === null ? 'both' : call.only === 'rx' ? 'receive' : 'send',
      address: named === null ? null : callableUrl(named).href,
    }
  } catch (error) {
    if (error instanceof OperatingError) return undefined
    throw error
  }
}
