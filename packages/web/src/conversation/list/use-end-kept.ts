/** Whoever is at the end stays there when the screen gets lower: a keyboard came, or the field grew. */
import { type RefObject, useLayoutEffect, useRef } from 'react'
import { endPx, type List } from './scroller.tsx'

export function useEndKept(list: List, scroller: RefObject<HTMLElement | null>): void {
  const wasAtEnd = useRef(false)
  useLayoutEffect(() => {
    const element = scroller.current
    if (element === null) return
    let heightPx = element.clientHeight
    const note = () => {
      // A lower screen is not read as scrolling: only what somebody did counts.
      if (element.clientHeight === heightPx) wasAtEnd.current = list.isAtEnd(endPx)
    }
    const observer = new ResizeObserver(() => {
      if (element.clientHeight === heightPx) return
      heightPx = element.clientHeight
      if (wasAtEnd.current) list.scrollToEnd()
    })
    note()
    element.addEventListener('scroll', note, { passive: true })
    observer.observe(element)
    return () => {
      element.removeEventListener('scroll', note)
      observer.disconnect()
    }
  }, [list, scroller])
}
