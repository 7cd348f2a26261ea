/** What NNCP lets a neighbour do with files and lines, as rules of this node. */
import type { NncpCall, NncpLineOptions, NncpNeighbour } from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import { callableUrl } from '../../links/address.ts'
import type { CallSchedule, FileRules, LineBounds } from '../../stores/directory/directory.ts'

const bytesPerKib = 1024
const msPerSecond = 1000
const chunkBytesMin = 64 * 1024
const nicenessMost = 255

/** Without `incoming` NNCP takes no files; chunks are put together here by themselves. */
export function fileRulesOf({ incoming, freq }: NncpNeighbour): FileRules {
  const bytes = (kib: number | null | undefined) => (kib === null || kib === undefined ? null : kib * bytesPerKib)
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

export function boundsOf({ rxRate, txRate, onlineDeadlineSeconds, onlineSecondsMax }: NncpLineOptions): LineBounds {
  return {
    onlineDeadlineMs: onlineDeadlineSeconds === null ? null : onlineDeadlineSeconds * msPerSecond,
    onlineMsMax: onlineSecondsMax === null ? null : onlineSecondsMax * msPerSecond,
    rxPacketsPerSecond: rxRate,
    txPacketsPerSecond: txRate,
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
