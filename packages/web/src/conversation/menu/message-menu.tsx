/** One menu for all messages: that of the one which was clicked with the other button, or held with a finger. */
import { type ReactElement, type SyntheticEvent, useRef, useState } from 'react'
import { ContextMenu, type MenuItems } from '../../ui/index.ts'
import { useOpenChat } from '../state.ts'
import { messageMenu } from './actions.ts'

export function MessageMenu({ children }: { readonly children: ReactElement }) {
  const openChat = useOpenChat()
  const [items, setItems] = useState<MenuItems>([])
  const pointer = useRef('mouse')
  const find = (event: SyntheticEvent): boolean => {
    const message = messageAt(event.target)
    const found = message === undefined ? undefined : openChat.window.state.getState().loaded.get(message)
    // A finger that is held chooses a word by itself: that is not what is meant.
    const isOwn = isOnMedia(event.target) || (pointer.current === 'mouse' && isChosenText(event.target))
    if (found === undefined || isOwn) return false
    setItems(messageMenu(openChat, found))
    return true
  }
  return (
    <div
      style={{ display: 'contents' }}
      onPointerDownCapture={event => {
        pointer.current = event.pointerType
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

function isOnMedia(target: EventTarget): boolean {
  return target instanceof Element && target.closest('a, video, audio') !== null
}

function isChosenText(target: EventTarget): boolean {
  const selection = getSelection()
  return selection !== null && !selection.isCollapsed && target instanceof Node && selection.containsNode(target, true)
}
