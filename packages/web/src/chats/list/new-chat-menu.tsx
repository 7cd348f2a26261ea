import { Megaphone, MessageCirclePlus, QrCode, ScanLine, UsersRound } from 'lucide-react'
import { type Action, menuItem } from '../../actions/index.ts'
import { IconButton, Menu } from '../../ui/index.ts'
import { openChatDialog } from '../dialog-store.ts'
import { say } from '../words.ts'

/** How chats begin: in the menu of the list, in the palette, and by key. */
export const beginnings: readonly Action[] = [
  {
    id: 'chats.new',
    words: () => say('newChat'),
    icon: MessageCirclePlus,
    keys: ['Alt+N'],
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

export function NewChatMenu() {
  const items = beginnings.map(menuItem)
  return (
    <Menu items={[items.slice(0, 3), items.slice(3)]}>
      <IconButton icon={MessageCirclePlus} look="accent" label={say('newChat')} />
    </Menu>
  )
}
