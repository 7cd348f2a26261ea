import { type RefObject, useEffect } from 'react'

/** A letter typed anywhere is meant for the message. Where there is a keyboard, one writes at once. */
export function useTypingAnywhere(field: RefObject<HTMLTextAreaElement | null>): void {
  useEffect(() => {
    if (matchMedia('(pointer: fine)').matches) field.current?.focus({ preventScroll: true })
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || !isLetter(event) || isTaken(event.target)) return
      // The key goes where the focus is when it has gone through: into the field.
      field.current?.focus()
    }
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  }, [field])
}

function isLetter({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return Array.from(key).length === 1 && key !== ' ' && !ctrlKey && !metaKey && !altKey
}

function isTaken(target: EventTarget | null): boolean {
  if (document.querySelector('dialog[open], [role="menu"]') !== null) return true
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'))
}
