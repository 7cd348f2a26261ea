/**
 * THREAD=REFERENCES (RFC 5256 section 3): by Message-ID, References and In-Reply-To, then by subject. The numbers of
 * steps are those of the standard. Nothing here is recursive: chains of replies may be of any length.
 */
import { inOrder } from '../in-order.ts'
import { type Container, Links } from './links.ts'
import { gatherSubjects } from './subjects.ts'
import { firstMessage, type Threadable, type ThreadNode } from './thread.ts'

const STEPS_AT_ONCE = 8192

export async function referenceThreads(
  messages: readonly Threadable[],
  breathe: () => Promise<void>,
): Promise<ThreadNode[]> {
  const links = new Links()
  let breathAt = STEPS_AT_ONCE
  for (const [count, message] of messages.entries()) {
    links.add(message)
    if (links.steps + count < breathAt) continue
    breathAt = links.steps + count + STEPS_AT_ONCE
    await breathe()
  }
  const nodes = await prunedNodes(links.all, breathe)
  // Steps 4 to 6.
  const gathered = gatherSubjects(await inDateOrder(nodes, breathe))
  return inDateOrder(gathered, breathe)
}

/** Steps 2 and 3: the threads, without the places of messages that are not there and hold nothing together. */
async function prunedNodes(containers: readonly Container[], breathe: () => Promise<void>): Promise<ThreadNode[]> {
  const roots = containers.filter(({ parent }) => parent === undefined)
  const nodes = new Map<Container, ThreadNode[]>()
  for (const [count, container] of (await bottomUp(roots, breathe)).entries()) {
    if (count % STEPS_AT_ONCE === 0) await breathe()
    const children: ThreadNode[] = []
    for (const child of container.children) {
      // Not with `push(...)`: there may be more children than a call takes arguments.
      for (const node of nodes.get(child) ?? []) children.push(node)
      nodes.delete(child)
    }
    const { message, parent } = container
    // One that is not there gives its children to its parent; at the root it stays if they are several.
    const dissolves = message === undefined && (parent !== undefined || children.length < 2)
    nodes.set(container, dissolves ? children : [{ message, children }])
  }
  return roots.flatMap(root => nodes.get(root) ?? [])
}

/** Every container after all of its children. */
async function bottomUp(roots: readonly Container[], breathe: () => Promise<void>): Promise<Container[]> {
  const order: Container[] = [...roots]
  for (let at = 0; at < order.length; at += 1) {
    for (const child of order[at]?.children ?? []) order.push(child)
    if (at % STEPS_AT_ONCE === 0) await breathe()
  }
  return order.reverse()
}

/** Siblings by date, on every level. A place without a message has the date of its first child. */
async function inDateOrder(roots: readonly ThreadNode[], breathe: () => Promise<void>): Promise<ThreadNode[]> {
  const order: ThreadNode[] = [...roots]
  for (let at = 0; at < order.length; at += 1) {
    for (const child of order[at]?.children ?? []) order.push(child)
    if (at % STEPS_AT_ONCE === 0) await breathe()
  }
  // The deepest first, so the first child of each is known.
  for (const [count, node] of order.reverse().entries()) {
    if (node.children.length > 1) node.children = await inOrder(node.children, byDate, breathe)
    if (count % STEPS_AT_ONCE === 0) await breathe()
  }
  return inOrder(roots, byDate, breathe)
}

function byDate(one: ThreadNode, other: ThreadNode): number {
  const first = firstMessage(one)
  const second = firstMessage(other)
  if (first === undefined || second === undefined) return 0
  return first.sentAt - second.sentAt || first.order - second.order
}
