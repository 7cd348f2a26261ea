/** What can be done with a chat: menus, keys and the palette offer this and nothing else. */
import type { ChatRow, ChatView } from '@posthorn/api'

const rowDeeds = [
  'accept',
  'block',
  'read',
  'pin',
  'unpin',
  'mute',
  'unmute',
  'archive',
  'unarchive',
  'info',
  'delete',
] as const
export type RowDeed = (typeof rowDeeds)[number]

/** In the order in which a menu shows them. */
export function possibleWith(row: ChatRow): readonly RowDeed[] {
  return rowDeeds.filter(deed => isPossible(deed, row))
}

function isPossible(deed: RowDeed, row: ChatRow): boolean {
  // Nothing is arranged with somebody whom one has not accepted; a request is answered first.
  if (row.request) return deed === 'accept' || deed === 'block' || deed === 'delete'
  switch (deed) {
    case 'accept':
    case 'block':
      return false
    case 'read':
      return row.unread > 0
    case 'pin':
      return !row.pinned && !row.archived
    case 'unpin':
      return row.pinned
    case 'mute':
      return !row.muted && !row.self
    case 'unmute':
      return row.muted
    case 'archive':
      return !row.archived
    case 'unarchive':
      return row.archived
    case 'info':
    case 'delete':
      return true
  }
}

type Shown = Pick<ChatView, 'kind' | 'self' | 'device' | 'request' | 'member' | 'encrypted' | 'canSend'>

const isShared = (chat: Shown) => chat.kind === 'group' || chat.kind === 'channel-out'

/** Name, picture, description, members of a chat can be changed, and others be invited to it. */
export function canChange(chat: Shown): boolean {
  return isShared(chat) && chat.member && chat.encrypted && !chat.request
}

export function canLeave(chat: Shown): boolean {
  return (chat.kind === 'group' || chat.kind === 'channel-in') && chat.member && !chat.request
}

export function canMute(chat: Shown): boolean {
  return !chat.self && !chat.request
}

/** A timer is set by whoever can write. */
export function canDisappear(chat: Shown): boolean {
  return chat.canSend && !chat.device && chat.kind !== 'mailing-list' && chat.kind !== 'channel-in'
}

/** There is somebody on the other side who can be called otherwise, or blocked. */
export function hasOther(chat: Shown): boolean {
  return chat.kind === 'single' && !chat.self && !chat.device
}

/** In seconds; `always` has no end. */
export const muteChoices = [3600, 8 * 3600, 86_400, 7 * 86_400, 'always'] as const
export const disappearChoices = [0, 300, 3600, 86_400, 7 * 86_400, 28 * 86_400, 365 * 86_400] as const
