/** Threads as THREAD answers them (RFC 5256 section 4): `(2)(3 6 (4 23)(44 7 96))`. */
import type { ThreadNode } from './thread.ts'

const STEPS_AT_ONCE = 8192

/** A node to be written, in brackets of its own or in the list it stands in; or the end of a list. */
type Pending = { readonly node: ThreadNode; readonly ownList: boolean } | 'end'

/** Without recursion: chains of replies may be of any length. */
export async function threadsText(threads: readonly ThreadNode[], breathe: () => Promise<void>): Promise<string> {
  const out: string[] = []
  // The next one is at the end.
  const pending: Pending[] = threads.toReversed().map(node => ({ node, ownList: true }))
  let afterNumber = false
  let steps = 0
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    steps += 1
    if (steps % STEPS_AT_ONCE === 0) await breathe()
    if (next === 'end') {
      out.push(')')
      afterNumber = false
      continue
    }
    const { node, ownList } = next
    if (ownList) {
      out.push(afterNumber ? ' (' : '(')
      pending.push('end')
      afterNumber = false
    }
    if (node.message !== undefined) {
      out.push(afterNumber ? ` ${node.message.number}` : `${node.message.number}`)
      afterNumber = true
    }
    const ownLists = node.children.length > 1
    for (const child of node.children.toReversed()) pending.push({ node: child, ownList: ownLists })
  }
  return out.join('')
}
