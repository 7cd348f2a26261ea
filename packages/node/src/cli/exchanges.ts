/** What an exchange of packets comes to, in words. */
import type { SyncOutcome } from '../node/operations/types.ts'
import { formatBytes } from './output.ts'

const reasons = {
  unknownSender: 'from nodes that are no neighbours',
  tooLarge: 'larger than this node takes',
  noRoom: 'no room here now',
  unfinished: 'still being written',
} as const

export function whyLeft(counts: SyncOutcome['leftReasons']): string {
  const keys = Object.keys(reasons) as (keyof typeof reasons)[]
  return keys.flatMap(key => (counts[key] > 0 ? [`${counts[key]} ${reasons[key]}`] : [])).join(', ')
}

export function amount({ packets, bytes }: { packets: number; bytes: number }): string {
  return `${packets} ${packets === 1 ? 'packet' : 'packets'} (${formatBytes(bytes)})`
}
