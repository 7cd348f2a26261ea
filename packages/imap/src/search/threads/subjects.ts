/** THREAD=REFERENCES, step 5 (RFC 5256 section 3): threads of the same base subject are put together. */
import { firstMessage, type ThreadNode } from './thread.ts'

function subjectOf(node: ThreadNode): string {
  return firstMessage(node)?.subject ?? ''
}

function isReply(node: ThreadNode): boolean {
  return node.message?.isReply ?? false
}

/** Which of two threads of one subject the others are put below: rather a place, rather what is no reply. */
function isBetter(node: ThreadNode, than: ThreadNode): boolean {
  if (than.message === undefined) return false
  return node.message === undefined || (isReply(than) && !isReply(node))
}

/** @param roots in order of date. Changes them. */
export function gatherSubjects(roots: readonly ThreadNode[]): ThreadNode[] {
  const chosen = new Map<string, ThreadNode>()
  for (const node of roots) {
    const subject = subjectOf(node)
    const other = chosen.get(subject)
    if (subject !== '' && (other === undefined || isBetter(node, other))) chosen.set(subject, node)
  }
  const gathered = new Set(roots)
  for (const node of roots) {
    const subject = subjectOf(node)
    const head = chosen.get(subject)
    if (subject === '' || head === undefined || head === node) continue
    gathered.delete(node)
    if (node.message === undefined && head.message === undefined) {
      for (const child of node.children) head.children.push(child)
    } else if (head.message === undefined || (isReply(node) && !isReply(head))) head.children.push(node)
    else {
      const place: ThreadNode = { message: undefined, children: [head, node] }
      gathered.delete(head)
      gathered.add(place)
      chosen.set(subject, place)
    }
  }
  return [...gathered]
}
