/** A finger that draws a message to its end answers it. */
import { type CSSProperties, type PointerEvent, useRef, useState } from 'react'

const enoughPx = 56
const farthestPx = 80

export function useSwipe(answer: () => void) {
  const start = useRef<{ readonly x: number; readonly y: number } | null>(null)
  const [pulledPx, setPulledPx] = useState(0)
  const end = () => {
    start.current = null
    setPulledPx(0)
  }
  return {
    style: pulledPx === 0 ? undefined : ({ transform: `translateX(${pulledPx}px)` } satisfies CSSProperties),
    events: {
      onPointerDown({ pointerType, clientX, clientY }: PointerEvent) {
        if (pointerType === 'touch') start.current = { x: clientX, y: clientY }
      },
      onPointerMove({ currentTarget, clientX, clientY }: PointerEvent) {
        if (start.current === null) return
        const sign = getComputedStyle(currentTarget).direction === 'rtl' ? -1 : 1
        const across = (clientX - start.current.x) * sign
        if (pulledPx === 0 && Math.abs(clientY - start.current.y) > Math.abs(across)) return
        setPulledPx(sign * Math.max(0, Math.min(farthestPx, across - 8)))
      },
      onPointerUp() {
        if (Math.abs(pulledPx) >= enoughPx) answer()
        end()
      },
      onPointerCancel: end,
    },
  }
}
