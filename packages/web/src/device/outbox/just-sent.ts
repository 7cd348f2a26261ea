/**
 * Between the outbox and the list of a chat: what the node has taken a moment ago is out of the one, and perhaps not in
 * the other yet. Whoever shows both asks here, so that a message is neither gone for a moment nor there twice.
 */
import { create } from 'zustand'
import { useShallow } from 'zustand/react/shallow'
import { ApiFailure } from '../../api/index.ts'
import type { OutboxItem } from './item.ts'

export interface JustSent {
  readonly key: string
  readonly chat: number
  /** As the node calls it. */
  readonly message: number
  /** To be shown until the list of the chat has it; null from then on, whatever becomes of it there. */
  readonly item: OutboxItem | null
}

const rememberedMax = 100

const useSentHere = create<readonly JustSent[]>(() => [])
const asked = new Map<number, Promise<unknown>>()
/** Chats in which the last answer was lost: the node may have taken what is still shown as on its way. */
const unsure = new Map<number, Doubt>()
/** It is sent again as soon as the node is back; so long that is waited for then. */
const doubtMsMax = 3000

/** Waits for the answer to the sending of an item, and remembers it. */
export async function noteSent(item: OutboxItem, answer: Promise<{ readonly message: number }>): Promise<void> {
  const doubt = unsure.get(item.chat)
  unsure.delete(item.chat)
  asked.set(item.chat, answer)
  try {
    const { message } = await answer
    const { key, chat } = item
    useSentHere.setState(all => [...all, { key, chat, message, item }].slice(-rememberedMax), true)
  } catch (error) {
    if (error instanceof ApiFailure && error.code === 'lost') unsure.set(item.chat, new Doubt())
    throw error
  } finally {
    if (asked.get(item.chat) === answer) asked.delete(item.chat)
    doubt?.end()
  }
}

class Doubt {
  readonly #over: Promise<void>
  #timer: ReturnType<typeof setTimeout> | undefined
  end: () => void = () => {}

  constructor() {
    this.#over = new Promise(resolve => {
      this.end = () => {
        clearTimeout(this.#timer)
        resolve()
      }
    })
  }

  /** However many wait, and however often: not longer than once. */
  wait(): Promise<void> {
    this.#timer ??= setTimeout(this.end, doubtMsMax)
    return this.#over
  }
}

/** The list of a chat has come: what is in it is not on its way any more, not even when it is deleted later. */
export function noteListed(chat: number, listed: { has(message: number): boolean }): void {
  const isNew = (sent: JustSent) => sent.chat === chat && sent.item !== null && listed.has(sent.message)
  if (!useSentHere.getState().some(isNew)) return
  useSentHere.setState(all => all.map(sent => (isNew(sent) ? { ...sent, item: null } : sent)), true)
}

/** Of whoever was signed in; the next one is not shown it. */
export function forgetSent(): void {
  useSentHere.setState([], true)
  asked.clear()
  unsure.clear()
}

/** What was sent from this page to a chat, the latest last. */
export function useJustSent(chat: number): readonly JustSent[] {
  return useSentHere(useShallow(all => all.filter(sent => sent.chat === chat)))
}

/** The key that a message had in the outbox, when it was sent from this page. */
export function outboxKeyOf(message: number): string | undefined {
  return useSentHere.getState().find(sent => sent.message === message)?.key
}

/**
 * Ends when the node has answered what it was just asked to send to a chat, either way; when the answer was lost, when
 * it has answered the second time, or after a while.
 */
export async function sendingAnswered(chat: number): Promise<void> {
  await unsure.get(chat)?.wait()
  await asked.get(chat)?.catch(() => {})
}
