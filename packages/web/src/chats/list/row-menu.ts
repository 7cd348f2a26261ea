/** The menu of one row: what can be done with it, as the keys and the palette know it too. */
import type { ChatRow } from '@posthorn/api'
import {
  Archive,
  ArchiveRestore,
  Ban,
  Bell,
  BellOff,
  Check,
  Info,
  type LucideIcon,
  MailCheck,
  Pin,
  PinOff,
  Trash2,
} from 'lucide-react'
import type { MenuItems } from '../../ui/index.ts'
import { runDeed } from '../deeds.ts'
import { possibleWith, type RowDeed } from '../possible.ts'
import { say } from '../words.ts'

const icons: Readonly<Record<RowDeed, LucideIcon>> = {
  accept: Check,
  block: Ban,
  read: MailCheck,
  pin: Pin,
  unpin: PinOff,
  mute: BellOff,
  unmute: Bell,
  archive: Archive,
  unarchive: ArchiveRestore,
  info: Info,
  delete: Trash2,
}

const labels = {
  accept: 'accept',
  block: 'block',
  read: 'markRead',
  pin: 'pin',
  unpin: 'unpin',
  mute: 'mute',
  unmute: 'unmute',
  archive: 'archiveIt',
  unarchive: 'unarchive',
  info: 'info',
  delete: 'delete',
} as const satisfies Record<RowDeed, string>

export function labelOf(deed: RowDeed): string {
  return say(labels[deed])
}

export function iconOf(deed: RowDeed): LucideIcon {
  return icons[deed]
}

const dangers: ReadonlySet<RowDeed> = new Set(['block', 'delete'])

/** What is hard to take back stands apart, at the end. */
export function menuOf(row: ChatRow, go: (path: string) => void): MenuItems {
  const items = possibleWith(row).map(deed => ({
    id: deed,
    label: labelOf(deed),
    icon: icons[deed],
    danger: dangers.has(deed),
    run: () => runDeed(deed, { row, go }),
  }))
  return [items.filter(item => !item.danger), items.filter(item => item.danger)]
}
