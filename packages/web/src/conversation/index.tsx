/**
 * One chat: its messages, and what is written.
 *
 * The list holds as many lines as the chat has messages, and only those on the screen exist; messages come by the
 * page from the node and are let go again (`window/`). What is sent is shown at once and comes from the outbox until
 * the node lists it. A message counts as seen when it was on the screen of a page that somebody looked at. Whatever
 * strangers write is shown as text and never runs (`text/`). A call that fails says so and leaves what is here as it
 * was.
 */
import { lazy } from 'react'

const load = () => import('./conversation.tsx')

export const Conversation = lazy(() => load().then(part => ({ default: part.Conversation })))

/** Before somebody opens a chat, so that nobody waits when they do. */
export async function prepareConversation(): Promise<void> {
  await Promise.all([load(), import('./composer/composer.tsx')]).catch(() => {})
}
