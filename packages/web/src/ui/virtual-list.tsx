import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, type Ref, type RefObject, useEffect, useImperativeHandle, useRef, useState } from 'react'
import { classes } from './classes.ts'
import css from './virtual-list.module.css'

export interface VirtualListHandle {
  /** Into the list, from a field above it. */
  focusFirst(): void
}

interface VirtualListProps<Line> {
  readonly label: string
  readonly lines: readonly Line[]
  readonly keyOf: (line: Line) => string
  /** In pixels, until it was measured. */
  readonly estimate: (line: Line) => number
  /** Headings are passed over by the arrow keys. */
  readonly isHeading?: (line: Line) => boolean
  /** The one to be seen: the list moves to it when it becomes another. */
  readonly chosen?: string | undefined
  readonly className?: string | undefined
  /** One link or button; with `tabIndex` it takes part in moving by arrow keys. */
  readonly children: (line: Line, tabIndex: 0 | -1) => ReactNode
  readonly ref?: Ref<VirtualListHandle>
}

/** A list of any length, of which only what is seen is drawn. Tab enters it once; arrows, Home and End move in it. */
export function VirtualList<Line>(props: VirtualListProps<Line>) {
  const { lines, keyOf, estimate, isHeading = () => false } = props
  const scroller = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState<string>()
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: index => estimate(lines[index] as Line),
    getItemKey: index => keyOf(lines[index] as Line),
    overscan: 8,
  })
  const indexOf = (key: string | undefined) => (key === undefined ? -1 : lines.findIndex(line => keyOf(line) === key))
  const canFocus = (index: number) => index >= 0 && index < lines.length && !isHeading(lines[index] as Line)
  const first = lines.findIndex((_line, index) => canFocus(index))
  const tabbable = [indexOf(active), indexOf(props.chosen), first].find(canFocus) ?? -1

  const focus = (index: number) => {
    if (!canFocus(index)) return
    setActive(keyOf(lines[index] as Line))
    virtualizer.scrollToIndex(index)
    focusSoon(scroller.current, index)
  }
  useKeys(scroller, event => {
    const target = targetOf(event, tabbable, lines.length, canFocus)
    if (target === undefined) return
    event.preventDefault()
    focus(target)
  })
  useImperativeHandle(props.ref, () => ({ focusFirst: () => focus(first) }))
  useSeen(props.chosen, indexOf, index => virtualizer.scrollToIndex(index))

  return (
    <div ref={scroller} className={classes(css['scroller'], props.className)}>
      <ul aria-label={props.label} className={css['list']} style={{ blockSize: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, key, start }) => {
          const line = lines[index]
          if (line === undefined) return null
          return (
            <li
              key={key}
              ref={virtualizer.measureElement}
              data-index={index}
              aria-setsize={lines.length}
              aria-posinset={index + 1}
              className={css['line']}
              style={{ transform: `translateY(${start}px)` }}
              onFocus={() => setActive(keyOf(line))}
            >
              {props.children(line, index === tabbable ? 0 : -1)}
            </li>
          )
        })}
      </ul>
    </div>
  )
}

/** Keys pressed in links and buttons inside. */
function useKeys(element: RefObject<HTMLElement | null>, onKey: (event: KeyboardEvent) => void): void {
  useEffect(() => {
    const target = element.current
    target?.addEventListener('keydown', onKey)
    return () => target?.removeEventListener('keydown', onKey)
  })
}

/** The line may be drawn only after the list has moved: it is looked for in the next few frames. */
function focusSoon(scroller: HTMLElement | null, index: number, frames = 4): void {
  const target = scroller?.querySelector<HTMLElement>(`[data-index="${index}"] :is(a, button)`)
  if (target !== null && target !== undefined) target.focus()
  else if (frames > 0) requestAnimationFrame(() => focusSoon(scroller, index, frames - 1))
}

/** Where a key leads to; undefined for keys that lead nowhere. */
function targetOf(
  { key, altKey, ctrlKey, metaKey }: KeyboardEvent,
  from: number,
  count: number,
  canFocus: (index: number) => boolean,
): number | undefined {
  if (altKey || ctrlKey || metaKey) return undefined
  const walk = (start: number, step: 1 | -1) => {
    let index = start
    while (index >= 0 && index < count && !canFocus(index)) index += step
    return canFocus(index) ? index : undefined
  }
  if (key === 'ArrowDown') return walk(from + 1, 1)
  if (key === 'ArrowUp') return walk(from - 1, -1)
  if (key === 'Home') return walk(0, 1)
  return key === 'End' ? walk(count - 1, -1) : undefined
}

/** Brings the chosen line into sight when another is chosen; not when the list changes around it. */
function useSeen(chosen: string | undefined, indexOf: (key: string) => number, scrollTo: (index: number) => void) {
  const seen = useRef<string>(undefined)
  useEffect(() => {
    if (chosen === seen.current) return
    const index = chosen === undefined ? -1 : indexOf(chosen)
    if (chosen !== undefined && index < 0) return
    seen.current = chosen
    if (index >= 0) scrollTo(index)
  })
}
