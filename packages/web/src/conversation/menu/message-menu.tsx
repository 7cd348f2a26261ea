/** One menu for all messages: that of the one which was clicked with the other button, or held with a finger. */
import { type ReactElement, type SyntheticEvent, useState } from 'react'
import { ContextMenu, type MenuItems } from '../../ui/index.ts'
import { useOpenChat } from '../state.ts'
import { messageMenu } from './actions.ts'

export function MessageMenu({ children }: { readonly children: ReactElement }) {
  const openChat = useOpenChat()
  const [items, setItems] = useState<MenuItems>([])
  const find = (event: SyntheticEvent): boolean => {
    const message = messageAt(event.target)
    const found = message === undefined ? undefined : openChat.window.state.getState().loaded.get(message)
    if (found === undefined || isOwnOfBrowser(event.target)) return false
    setItems(messageMenu(openChat, found))
    return true
  }
  return (
    <div
      style={{ display: 'contents' }}
      onPointerDownCapture={event => {
        if (event.pointerType !== 'mouse') find(event)
      }}
      onContextMenuCapture={event => {
        // On a link, chosen text or nothing, the browser's own menu is of more use.
        if (!find(event)) event.stopPropagation()
      }}
    >
      <ContextMenu items={items}>{children}</ContextMenu>
    </div>
  )
}

function messageAt(target: EventTarget): number | undefined {
  if (!(target instanceof Element)) return undefined
  const id = target.closest('[data-message]')?.getAttribute('data-message')
  return id === null || id === undefined ? undefined : Number(id)
}

function isOwnOfBrowser(target: EventTarget): boolean {
  if (target instanceof Element && target.closest('a, video, audio') !== null) return true
  const selection = getSelection()
  return selection !== null && !selection.isCollapsed && target instanceof Node && selection.containsNode(target, true)
}
