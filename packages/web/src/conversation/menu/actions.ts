/** What can be done with one message: one object each, for its menu, the tools beside it, and keys. */
import type { MessageView } from '@posthorn/api'
import {
  Bookmark,
  BookmarkX,
  Copy,
  Forward,
  Info,
  ListChecks,
  type LucideIcon,
  MapPin,
  Pencil,
  RefreshCw,
  Reply,
  Save,
  SmilePlus,
  Trash2,
} from 'lucide-react'
import { type Action, isPress, menuItem } from '../../actions/index.ts'
import { openJourney } from '../../journeys/index.tsx'
import { plainLine } from '../../text/line.ts'
import type { MenuItems } from '../../ui/index.ts'
import { copy, keep, resend } from '../doing.ts'
import { beginEdit, beginReply, choose, type OpenChat, open } from '../state.ts'
import { say } from '../words.ts'

type Name = keyof typeof icons

const icons = {
  reply: Reply,
  react: SmilePlus,
  edit: Pencil,
  copy: Copy,
  forward: Forward,
  save: Bookmark,
  unsave: BookmarkX,
  saveFile: Save,
  where: MapPin,
  info: Info,
  sendAgain: RefreshCw,
  select: ListChecks,
  remove: Trash2,
} satisfies Readonly<Record<string, LucideIcon>>

const groups: readonly (readonly Name[])[] = [
  ['reply', 'react', 'edit'],
  ['copy', 'forward', 'save', 'unsave', 'saveFile'],
  ['where', 'info', 'sendAgain'],
  ['select', 'remove'],
]

/** Keys of the message that has the focus. */
const keys: Readonly<Partial<Record<Name, string>>> = {
  reply: 'R',
  react: 'E',
  copy: 'Mod+C',
  forward: 'F',
  remove: 'Delete',
}

export function messageMenu(openChat: OpenChat, message: MessageView): MenuItems {
  const actions = messageActions(openChat, message)
  return groups.map(group => actions.filter(({ name }) => group.includes(name)).map(menuItem))
}

/** What a key means for the message that has the focus. */
export function actionOfKey(openChat: OpenChat, message: MessageView, event: KeyboardEvent): Action | undefined {
  return messageActions(openChat, message).find(({ keys = [] }) => keys.some(key => isPress(event, key)))
}

/** Those that are possible with it now. */
function messageActions(openChat: OpenChat, message: MessageView): readonly (Action & { readonly name: Name })[] {
  const { canSend, self } = openChat.chat
  const { mine, saved, text, file, state, id } = message
  const ids = [id]
  const path = file?.path ?? null
  const make = (name: Name, isPossible: boolean, run: () => void) => {
    const key = keys[name]
    const parts = {
      id: `message.${name}`,
      name,
      words: () => say(name),
      icon: icons[name],
      danger: name === 'remove',
      run,
    }
    return isPossible ? [{ ...parts, ...(key !== undefined && { keys: [key] }) }] : []
  }
  return [
    ...make('reply', canSend, () => beginReply(openChat, message)),
    ...make('react', canSend, () => open(openChat, { kind: 'react', message })),
    ...make('edit', canEdit(openChat, message), () => beginEdit(openChat, message)),
    ...make('copy', text !== '', () => void copy(text)),
    ...make('forward', true, () => open(openChat, { kind: 'forward', ids })),
    ...make('save', !saved && !self, () => keep(ids, true)),
    ...make('unsave', saved && !self, () => keep(ids, false)),
    ...make('saveFile', path !== null, () => saveAs(path ?? '', plainLine(file?.name ?? ''))),
    ...make('where', mine, () => openJourney(message)),
    ...make('info', true, () => open(openChat, { kind: 'info', message })),
    ...make('sendAgain', mine && state === 'failed', () => resend(id)),
    ...make('select', true, () => choose(openChat, id)),
    ...make('remove', true, () => open(openChat, { kind: 'delete', ids })),
  ]
}

/** One's own text, when the others can be told that it was changed. */
export function canEdit({ chat }: OpenChat, message: MessageView): boolean {
  const { mine, text, kind, html, state } = message
  return chat.canSend && chat.encrypted && mine && text !== '' && kind !== 'call' && !html && state !== 'failed'
}

function saveAs(path: string, name: string): void {
  const link = document.createElement('a')
  link.href = path
  link.download = name
  link.click()
}
