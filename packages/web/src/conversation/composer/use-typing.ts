import { type RefObject, useEffect } from 'react'
import { usePalette } from '../../actions/index.ts'

/** A letter typed anywhere is meant for the message. Where there is a keyboard, one writes at once. */
export function useTypingAnywhere(field: RefObject<HTMLTextAreaElement | null>): void {
  useEffect(() => {
    // A menu that was opened before this was loaded would close.
    if (matchMedia('(pointer: fine)').matches && !isCovered()) field.current?.focus({ preventScroll: true })
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || !isLetter(event) || isTaken(event.target)) return
      // The key goes where the focus is when it has gone through: into the field.
      field.current?.focus()
    }
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  }, [field])
  // It may have led to the chat that is open already: then nothing else gives the focus to what one writes in.
  useEffect(
    () =>
      usePalette.subscribe(({ open }, before) => {
        if (open !== 'no' || before.open !== 'palette') return
        requestAnimationFrame(() => {
          if (!isTaken(document.activeElement)) field.current?.focus({ preventScroll: true })
        })
      }),
    [field],
  )
}

function isLetter({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return Array.from(key).length === 1 && key !== ' ' && !ctrlKey && !metaKey && !altKey
}

function isTaken(target: EventTarget | null): boolean {
  if (isCovered()) return true
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'))
}

/** Something lies over the chat, and has the keys. */
function isCovered(): boolean {
  return document.querySelector('dialog[open], [role="menu"]') !== null
}
