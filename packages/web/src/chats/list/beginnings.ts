import { Megaphone, MessageCirclePlus, QrCode, ScanLine, UsersRound } from 'lucide-react'
import type { Action } from '../../actions/index.ts'
import { openChatDialog } from '../dialog-store.ts'
import { say } from '../words.ts'

/** How chats begin: by key and from the palette. The dialog for a new chat leads to all of them too. */
export const beginnings: readonly Action[] = [
  {
    id: 'chats.new',
    words: () => say('newChat'),
    icon: MessageCirclePlus,
    keys: ['Alt+n'],
    run: () => openChatDialog({ kind: 'new' }),
  },
  {
    id: 'chats.new-group',
    words: () => say('newGroup'),
    icon: UsersRound,
    run: () => openChatDialog({ kind: 'create', of: 'group' }),
  },
  {
    id: 'chats.new-channel',
    words: () => say('newChannel'),
    icon: Megaphone,
    run: () => openChatDialog({ kind: 'create', of: 'channel' }),
  },
  {
    id: 'chats.invite',
    words: () => say('showInvite'),
    icon: QrCode,
    run: () => openChatDialog({ kind: 'invite', chat: null }),
  },
  {
    id: 'chats.scan',
    words: () => say('scan'),
    icon: ScanLine,
    run: () => openChatDialog({ kind: 'follow' }),
  },
]
