/** A neighbour of which nothing was said. */
import type { CallingRules, LineBounds } from './directory.ts'

export const noBounds: LineBounds = {
  onlineDeadlineMs: null,
  onlineMsMax: null,
  rxPacketsPerSecond: null,
  txPacketsPerSecond: null,
  rxBytesPerSecond: null,
  txBytesPerSecond: null,
}

export const noRules: CallingRules = { bounds: noBounds, schedules: [], pausedAt: null }
