/** Options that say what a line may cost, shared by the commands that take them. */
import { type Command, InvalidArgumentError } from 'commander'
import type { LineBounds } from '../../../stores/directory/index.ts'
import { formatBytes } from '../../output.ts'

/** A number to set, or `none` to take the bound away. */
type Given = number | 'none'

export interface BoundOptions {
  readonly onlineDeadline?: Given
  readonly maxOnline?: Given
  readonly rxRate?: Given
  readonly txRate?: Given
  readonly rxBytes?: Given
  readonly txBytes?: Given
}

export function withBoundOptions(command: Command): Command {
  return command
    .option('--online-deadline <seconds>', 'hang up when nothing was said for so long', seconds)
    .option('--max-online <seconds>', 'hang up after so long, whatever is under way', seconds)
    .option('--rx-rate <packets>', 'take in at most so many packets a second (of 64 KiB or less)', packets)
    .option('--tx-rate <packets>', 'send at most so many packets a second', packets)
    .option('--rx-bytes <bytes>', 'take in at most so much a second, as 200k or 2M', bytes)
    .option('--tx-bytes <bytes>', 'send at most so much a second', bytes)
}

export function boundsOf(options: BoundOptions): Partial<LineBounds> {
  const { onlineDeadline, maxOnline, rxRate, txRate, rxBytes, txBytes } = options
  const count = (value: Given) => (value === 'none' ? null : value)
  const ms = (value: Given) => (value === 'none' ? null : value * 1000)
  return {
    ...(onlineDeadline === undefined ? {} : { onlineDeadlineMs: ms(onlineDeadline) }),
    ...(maxOnline === undefined ? {} : { onlineMsMax: ms(maxOnline) }),
    ...(rxRate === undefined ? {} : { rxPacketsPerSecond: count(rxRate) }),
    ...(txRate === undefined ? {} : { txPacketsPerSecond: count(txRate) }),
    ...(rxBytes === undefined ? {} : { rxBytesPerSecond: count(rxBytes) }),
    ...(txBytes === undefined ? {} : { txBytesPerSecond: count(txBytes) }),
  }
}

/** What is bounded, in words; empty when nothing is. */
export function describeBounds(bounds: LineBounds): string[] {
  const { onlineDeadlineMs, onlineMsMax } = bounds
  const { rxPacketsPerSecond, txPacketsPerSecond, rxBytesPerSecond, txBytesPerSecond } = bounds
  return [
    ...(onlineDeadlineMs === null ? [] : [`until ${onlineDeadlineMs / 1000} s of silence`]),
    ...(onlineMsMax === null ? [] : [`for ${onlineMsMax / 1000} s at most`]),
    ...(rxPacketsPerSecond === null ? [] : [`in: ${rxPacketsPerSecond} packets/s`]),
    ...(txPacketsPerSecond === null ? [] : [`out: ${txPacketsPerSecond} packets/s`]),
    ...(rxBytesPerSecond === null ? [] : [`in: ${formatBytes(rxBytesPerSecond)}/s`]),
    ...(txBytesPerSecond === null ? [] : [`out: ${formatBytes(txBytesPerSecond)}/s`]),
  ]
}

const secondsMax = 86_400
const packetsMax = 1_000_000
const bytesMin = 1024
const bytesMax = 2 ** 40
const factors: Readonly<Record<string, number>> = { '': 1, k: 1024, M: 1024 ** 2, G: 1024 ** 3 }

function seconds(text: string): Given {
  return amount(text, { of: 'seconds', least: 1, most: secondsMax })
}

function packets(text: string): Given {
  return amount(text, { of: 'packets', least: 1, most: packetsMax })
}

function bytes(text: string): Given {
  const [, digits = '', unit = ''] = /^(\d{1,13})([kMG]?)$/.exec(text) ?? []
  const value = digits === '' ? text : String(Number(digits) * (factors[unit] ?? 1))
  return amount(value, { of: 'bytes', least: bytesMin, most: bytesMax })
}

function amount(text: string, { of, least, most }: { of: string; least: number; most: number }): Given {
  if (text === 'none') return text
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new InvalidArgumentError(`a whole number of ${of} is wanted, ${least} to ${most}, or none`)
}
