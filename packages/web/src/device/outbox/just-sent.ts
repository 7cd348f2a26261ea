/**
 * Between the outbox and the list of a chat: what the node has taken a moment ago is out of the one, and perhaps not in
 * the other yet. Whoever shows both asks here, so that a message is neither gone for a moment nor there twice.
 */
import { create } from 'zustand'
import { useShallow } from 'zustand/react/shallow'
import type { OutboxItem } from './item.ts'

export interface JustSent {
  readonly item: OutboxItem
  /** As the node calls it. */
  readonly message: number
}

const rememberedMax = 100

const useSentHere = create<readonly JustSent[]>(() => [])
const asked = new Map<number, Promise<unknown>>()

/** Waits for the answer to the sending of an item, and remembers it. */
export async function noteSent(item: OutboxItem, answer: Promise<{ readonly message: number }>): Promise<void> {
  asked.set(item.chat, answer)
  try {
    const { message } = await answer
    useSentHere.setState(all => [...all, { item, message }].slice(-rememberedMax), true)
  } finally {
    if (asked.get(item.chat) === answer) asked.delete(item.chat)
  }
}

/** Of whoever was signed in; the next one is not shown it. */
export function forgetSent(): void {
  useSentHere.setState([], true)
  asked.clear()
}

/** What was sent from this page to a chat, the latest last. */
export function useJustSent(chat: number): readonly JustSent[] {
  return useSentHere(useShallow(all => all.filter(({ item }) => item.chat === chat)))
}

/** The key that a message had in the outbox, when it was sent from this page. */
export function outboxKeyOf(message: number): string | undefined {
  return useSentHere.getState().find(sent => sent.message === message)?.item.key
}

/** Ends when the node has answered what it was just asked to send to a chat, either way. */
export async function sendingAnswered(chat: number): Promise<void> {
  await asked.get(chat)?.catch(() => {})
}
