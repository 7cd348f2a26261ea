/** States of neighbours and sticks in words, icons and tones. */
import type { FolderSeen, NeighbourSeen, NeighbourState } from '@posthorn/api'
import { CircleDashed, CirclePause, type LucideIcon, MoonStar, Radio, RadioTower, Usb } from 'lucide-react'
import { fileSize, relativeTime } from '../i18n/index.ts'
import { say } from './words.ts'

export const stateIcons: Readonly<Record<NeighbourState, LucideIcon>> = {
  connected: RadioTower,
  near: Radio,
  quiet: CircleDashed,
  silent: MoonStar,
  paused: CirclePause,
}
export const folderIcon = Usb

export const stateAbout = {
  connected: 'connectedAbout',
  near: 'nearAbout',
  quiet: 'quietAbout',
  silent: 'silentAbout',
  paused: 'pausedAbout',
} as const

export type FolderState = 'stickThere' | 'stickAway' | 'stickReleased'

export function folderState({ ready, released }: Pick<FolderSeen, 'ready' | 'released'>): FolderState {
  if (!ready) return 'stickAway'
  return released ? 'stickReleased' : 'stickThere'
}

export function amountOf({ packets, bytes }: NeighbourSeen['queued']): string {
  return packets === 0 ? say('nothing') : say('packetsOf', { count: packets, size: fileSize(bytes) })
}

export function waitingWords({ queued }: NeighbourSeen): string {
  return queued.packets === 0 ? say('nothingWaits') : say('waitingFor', { amount: amountOf(queued) })
}

export function ago(moment: string | null, now: number): string {
  return moment === null ? say('never') : relativeTime(Math.min(Date.parse(moment), now), now)
}

/** When the next contact is to be expected. */
export function nextWords({ state, nextContact }: NeighbourSeen, now: number): string {
  if (state === 'connected') return say('nextLine')
  if (state === 'paused') return say('nextNever')
  if (nextContact !== null) return say('nextCall', { when: relativeTime(Date.parse(nextContact), now) })
  return say('nextAny')
}
