/** Keys in the list: up and down go from message to message. */
import type { KeyboardEvent } from 'react'
import { actionOfKey } from '../menu/actions.ts'
import type { OpenChat } from '../state.ts'
import type { List } from './scroller.tsx'

/** A key on a message is meant for it. */
export function pressOnMessage(event: KeyboardEvent, openChat: OpenChat): void {
  const id = event.target instanceof Element ? event.target.getAttribute('data-message') : null
  const message = id === null ? undefined : openChat.window.state.getState().loaded.get(Number(id))
  const action = message === undefined ? undefined : actionOfKey(openChat, message, event.nativeEvent)
  // Whoever has chosen words copies those.
  if (action === undefined || getSelection()?.isCollapsed === false) return
  event.preventDefault()
  action.run()
}

export function moveFocus(event: KeyboardEvent<HTMLDivElement>, list: List): void {
  const { key, target, currentTarget, altKey, ctrlKey, metaKey } = event
  if ((key !== 'ArrowUp' && key !== 'ArrowDown') || altKey || ctrlKey || metaKey) return
  if (!(target instanceof Element) || target.matches('input, audio, video')) return
  event.preventDefault()
  const step = key === 'ArrowUp' ? -1 : 1
  const line = target.closest('[data-index]')
  const from = line === null ? undefined : Number(line.getAttribute('data-index'))
  const first = step < 0 ? list.range?.endIndex : list.range?.startIndex
  focusFrom(currentTarget, list, from === undefined ? (first ?? 0) : from + step, step)
}

/** The next line that holds a message: notices cannot be gone to. */
function focusFrom(scroller: Element, list: List, from: number, step: number): void {
  for (let index = from; index >= 0 && index < list.options.count; index += step) {
    const line = scroller.querySelector(`[data-index="${index}"]`)
    if (line === null) {
      list.scrollToIndex(index)
      return
    }
    const message = line.querySelector<HTMLElement>('[data-message]')
    if (message === null) continue
    message.focus({ preventScroll: true })
    list.scrollToIndex(index, { align: 'auto' })
    return
  }
}
