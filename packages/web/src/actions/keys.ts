/** Keys as actions name them, as people read them, and as the browser tells them. */
import { type Action, possibleActions } from './action.ts'

const isMac = /Mac|iPhone|iPad/.test(navigator.platform)
const macSigns: Readonly<Record<string, string>> = { Mod: '⌘', Alt: '⌥', Shift: '⇧' }
const signs: Readonly<Record<string, string>> = {
  Mod: 'Ctrl',
  Escape: 'Esc',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
}

/** `Ctrl+K`, or `⌘K`. */
export function keysForPeople(keys: string): string {
  const parts = keys.split('+').map(part => (isMac ? macSigns[part] : undefined) ?? signs[part] ?? shownKey(part))
  return parts.join(isMac ? '' : '+')
}

function shownKey(key: string): string {
  return key.length === 1 ? key.toUpperCase() : key
}

type KeyEvent = Pick<KeyboardEvent, 'key' | 'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey'> & { readonly code?: string }

/** Does this press mean these keys? Letters whatever their case; signs such as `?` however they are typed. */
export function isPress(event: KeyEvent, keys: string): boolean {
  const parts = keys.split('+')
  const key = parts.at(-1) ?? ''
  const wants = (name: string) => parts.slice(0, -1).includes(name)
  const mod = isMac ? event.metaKey : event.ctrlKey
  const other = isMac ? event.ctrlKey : event.metaKey
  if (wants('Mod') !== mod || other || wants('Alt') !== event.altKey) return false
  const isSign = key.length === 1 && !/[a-z0-9]/i.test(key)
  if (!isSign && wants('Shift') !== event.shiftKey) return false
  // With Alt a Mac writes other letters: then the place of the key counts.
  if (event.altKey && event.code === `Key${key.toUpperCase()}`) return true
  return event.key.toLowerCase() === key.toLowerCase()
}

/** Runs what a press means, wherever it happens. Until the function that comes back is called. */
export function listenToKeys(target: Window): () => void {
  const listen = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing) return
    const action = possibleActions().find(item => isMeant(item, event))
    if (action === undefined) return
    event.preventDefault()
    action.run()
  }
  target.addEventListener('keydown', listen)
  return () => target.removeEventListener('keydown', listen)
}

function isMeant(action: Action, event: KeyboardEvent): boolean {
  const keys = action.keys?.find(item => isPress(event, item))
  if (keys === undefined) return false
  if (document.querySelector('dialog[open]') !== null && action.whileWriting !== true) return false
  return action.whileWriting === true || /^(Mod|Alt)\+/.test(keys) || !isWriting(event.target)
}

function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || target.matches('input, textarea, select')
}
