import type { ChatKind, ChatRow, ChatView } from '@posthorn/api'
import { selfContact } from '../../chat-engine/index.ts'
import type { EngineChat, EngineRow } from '../engine/schemas.ts'
import { sendStateOf } from './messages.ts'
import { avatarView } from './people.ts'

const msPerSecond = 1000
/** Numbers of the engine: the summary is of a draft. */
const draftState = 19

export function chatKindOf(chatType: string): ChatKind {
  if (chatType === 'Group') return 'group'
  if (chatType === 'Mailinglist') return 'mailing-list'
  if (chatType === 'OutBroadcast') return 'channel-out'
  return chatType === 'InBroadcast' ? 'channel-in' : 'single'
}

/** @param verified whether the one other of it is. */
export function chatRowView(row: EngineRow, verified: boolean): ChatRow {
  const { id, name, color, avatarPath, lastUpdated, summaryText1, summaryText2, summaryStatus, lastMessageId } = row
  const draft = summaryStatus === draftState
  return {
    ...{ id, kind: chatKindOf(row.chatType), name, verified },
    avatar: avatarView({ owner: 'chat', id, file: avatarPath, color, name }),
    ...{ self: row.isSelfTalk, device: row.isDeviceTalk, request: row.isContactRequest },
    ...{ pinned: row.isPinned, archived: row.isArchived, muted: row.isMuted, unread: row.freshMessageCounter },
    at: lastUpdated === null || lastUpdated <= 0 ? null : timeOf(lastUpdated),
    last: {
      id: lastMessageId === null || lastMessageId <= specialMax ? null : lastMessageId,
      ...{ who: draft ? '' : summaryText1, what: summaryText2, draft, state: sendStateOf(summaryStatus) },
    },
  }
}

const specialMax = 9

/** Rows tell seconds, or milliseconds, by the version of the engine. */
function timeOf(told: number): number {
  const lastSecond = 100_000_000_000
  return told > lastSecond ? told : told * msPerSecond
}

export interface ChatAround {
  readonly verified: boolean
  readonly description: string
  readonly mutedUntil: ChatView['mutedUntil']
}

export function chatView(chat: EngineChat, around: ChatAround): ChatView {
  const { id, name, color, profileImage, contactIds, canSend, ephemeralTimer, freshMessageCounter } = chat
  const kind = chatKindOf(chat.chatType)
  return {
    ...{ id, kind, name, ...around },
    avatar: avatarView({ owner: 'chat', id, file: profileImage, color, name }),
    ...{ self: chat.isSelfTalk, device: chat.isDeviceChat, request: chat.isContactRequest },
    ...{ pinned: chat.pinned, archived: chat.archived, encrypted: chat.isEncrypted },
    members: contactIds,
    member: kind === 'single' ? true : chat.selfInGroup || contactIds.includes(selfContact),
    ...{ canSend, cannotSendWhy: canSend ? '' : whyNot(chat, kind) },
    ...{ disappearSeconds: ephemeralTimer, unread: freshMessageCounter },
  }
}

function whyNot(chat: EngineChat, kind: ChatKind): string {
  if (chat.isContactRequest) return 'Accept the request first.'
  if (chat.isDeviceChat) return 'Nobody reads here: these are notes for you.'
  if (kind === 'channel-in') return 'Only its maker writes in this channel.'
  if (kind === 'mailing-list') return 'Nobody can write to this list from here.'
  if (kind === 'group' && !chat.selfInGroup) return 'You are not in this group.'
  return 'Their key has not come yet. You can write as soon as they have answered.'
}
