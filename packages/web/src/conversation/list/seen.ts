/**
 * Which messages somebody has really seen: those on the screen while the page is visible and has the focus. Told to the
 * node once each, many together.
 */
export interface Seen {
  /** Unread messages that are on the screen now. */
  readonly shown: (ids: readonly number[]) => void
  /** Whether somebody looks at the page. */
  readonly attention: (isThere: boolean) => void
  /** Nothing more is told. */
  readonly stop: () => void
}

const idsMax = 200
const waitMs = 250

export function seenTracker(tell: (ids: number[]) => Promise<unknown>): Seen {
  const told = new Set<number>()
  const queue = new Set<number>()
  let onScreen: readonly number[] = []
  let isThere = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function send(): void {
    timer = undefined
    const ids = [...queue].slice(0, idsMax)
    for (const id of ids) queue.delete(id)
    if (ids.length === 0) return
    for (const id of ids) told.add(id)
    // Not told is not seen: when the node is back, they are told with what is on the screen then.
    tell(ids).catch(() => {
      for (const id of ids) told.delete(id)
    })
    later()
  }

  function later(): void {
    if (queue.size > 0) timer ??= setTimeout(send, waitMs)
  }

  function look(): void {
    if (!isThere) return
    for (const id of onScreen) if (!told.has(id)) queue.add(id)
    later()
  }

  return {
    shown(ids) {
      onScreen = ids
      look()
    },
    attention(now) {
      isThere = now
      look()
    },
    stop: () => clearTimeout(timer),
  }
}
