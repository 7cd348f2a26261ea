/** THREAD=ORDEREDSUBJECT (RFC 5256 section 3): messages of one base subject, by date. */
import { inOrder } from '../in-order.ts'
import type { Threadable, ThreadNode } from './thread.ts'

function byDate(one: Threadable, other: Threadable): number {
  return one.sentAt - other.sentAt || one.order - other.order
}

/** Each thread is its first message with all others as its children. */
export async function orderedSubject(
  messages: readonly Threadable[],
  breathe: () => Promise<void>,
): Promise<ThreadNode[]> {
  const threads = new Map<string, ThreadNode>()
  // By date, so threads come in the order of their first messages.
  for (const message of await inOrder(messages, byDate, breathe)) {
    const node: ThreadNode = { message, children: [] }
    const thread = threads.get(message.subject)
    if (thread === undefined) threads.set(message.subject, node)
    else thread.children.push(node)
  }
  return [...threads.values()]
}
