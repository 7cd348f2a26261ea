/** What is being written is kept on the node a moment after the last key, and at once when somebody leaves. */

export interface Draft {
  readonly text: string
  readonly quote: number | null
}

export interface Drafts {
  readonly change: (chat: number, draft: Draft) => void
  /** The node has one of this chat. */
  readonly found: (chat: number) => void
  /** It was sent, or thrown away: what still waits is not kept. The node forgets it. */
  readonly drop: (chat: number) => void
  /** Keeps what waits, now. */
  readonly flush: () => void
}

const waitMs = 800

export function draftKeeper(keep: (chat: number, draft: Draft) => Promise<unknown>): Drafts {
  const waiting = new Map<number, Draft>()
  /** Chats for which the node has something that is not empty, as far as is known here. */
  const kept = new Set<number>()
  /** The one written last to the node, of each chat. */
  const latest = new Map<number, Draft>()
  let timer: ReturnType<typeof setTimeout> | undefined

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    for (const [chat, draft] of waiting) write(chat, draft)
    waiting.clear()
  }

  function write(chat: number, draft: Draft): void {
    if (draft.text.trim() === '' && draft.quote === null) kept.delete(chat)
    else kept.add(chat)
    latest.set(chat, draft)
    // While the node is away a draft lives in this page, and waits for the next key or the next connection.
    keep(chat, draft).catch(() => {
      if (latest.get(chat) === draft && !waiting.has(chat)) waiting.set(chat, draft)
    })
  }

  return {
    change(chat, draft) {
      waiting.set(chat, draft)
      clearTimeout(timer)
      timer = setTimeout(flush, waitMs)
    },
    found: chat => void kept.add(chat),
    drop(chat) {
      waiting.delete(chat)
      latest.delete(chat)
      if (kept.has(chat)) write(chat, { text: '', quote: null })
    },
    flush,
  }
}
