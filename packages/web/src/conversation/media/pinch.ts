/** Nearer, farther and about, by wheel, fingers and keys; a swipe across what is not enlarged goes to the next. */
import { type CSSProperties, type PointerEvent, useRef, useState, type WheelEvent } from 'react'

const scaleMax = 8
const swipePx = 60

interface View {
  readonly scale: number
  readonly x: number
  readonly y: number
}

const whole: View = { scale: 1, x: 0, y: 0 }

export function scaled(view: View, factor: number, aboutX = 0, aboutY = 0): View {
  const scale = Math.min(scaleMax, Math.max(1, view.scale * factor))
  if (scale === 1) return whole
  const grown = scale / view.scale
  // What is under the finger stays there.
  return { scale, x: aboutX - (aboutX - view.x) * grown, y: aboutY - (aboutY - view.y) * grown }
}

export function usePinch(shown: number, go: (step: number) => void) {
  // Each photo begins whole.
  const [state, setState] = useState({ shown, view: whole })
  const view = state.shown === shown ? state.view : whole
  const setView = (next: View) => setState({ shown, view: next })
  const fingers = useRef(new Map<number, { x: number; y: number }>())
  const start = useRef({ x: 0, y: 0 })
  const change = (factor: number) => setView(scaled(view, factor))
  const down = ({ pointerId, clientX, clientY, currentTarget }: PointerEvent) => {
    currentTarget.setPointerCapture(pointerId)
    fingers.current.set(pointerId, { x: clientX, y: clientY })
    start.current = { x: clientX, y: clientY }
  }
  const move = (event: PointerEvent) => {
    const before = fingers.current.get(event.pointerId)
    if (before === undefined) return
    const now = { x: event.clientX, y: event.clientY }
    const others = [...fingers.current].filter(([id]) => id !== event.pointerId).map(([, finger]) => finger)
    fingers.current.set(event.pointerId, now)
    const [other] = others
    if (other !== undefined) {
      const factor = Math.hypot(now.x - other.x, now.y - other.y) / Math.hypot(before.x - other.x, before.y - other.y)
      if (Number.isFinite(factor)) change(factor)
    } else if (view.scale > 1) {
      setView({ ...view, x: view.x + now.x - before.x, y: view.y + now.y - before.y })
    }
  }
  const up = (event: PointerEvent) => {
    const isLast = fingers.current.delete(event.pointerId) && fingers.current.size === 0
    const across = event.clientX - start.current.x
    if (!isLast || view.scale > 1 || event.pointerType === 'mouse' || Math.abs(across) < swipePx) return
    go(across < 0 ? 1 : -1)
  }
  const { scale, x, y } = view
  return {
    style: { transform: `translate(${x}px, ${y}px) scale(${scale})` } satisfies CSSProperties,
    nearer: () => change(1.5),
    farther: () => change(1 / 1.5),
    reset: () => setView(whole),
    events: {
      onPointerDown: down,
      onPointerMove: move,
      onPointerUp: up,
      onPointerCancel: up,
      onDoubleClick: () => setView(scale > 1 ? whole : scaled(view, 2.5)),
      onWheel: (event: WheelEvent) => {
        const { left, top, width, height } = event.currentTarget.getBoundingClientRect()
        const about = { x: event.clientX - left - width / 2, y: event.clientY - top - height / 2 }
        setView(scaled(view, Math.exp(-event.deltaY / 400), about.x, about.y))
      },
    },
  }
}
