/**
 * Parents and children by Message-ID (RFC 5256 section 3, THREAD=REFERENCES, step 1), without loops, in time that
 * does not explode however references are made up.
 */
import type { Threadable } from './thread.ts'

export class Container {
  message: Threadable | undefined
  parent: Container | undefined
  readonly children = new Set<Container>()
  /** Another of the same family, or itself: families are joined, never parted, so they may be too large. */
  family: Container = this
}

/** Messages that are referred to and not there: no more than this are remembered. */
const STRANGERS_MAX = 250_000
/** Steps up through ancestors, in all, to see whether a link would make a loop. Beyond: it is not made. */
const STEPS_MAX = 5_000_000

export class Links {
  readonly all: Container[] = []
  readonly #byId = new Map<string, Container>()
  #strangers = 0
  #stepsLeft = STEPS_MAX
  /** What has been done: it does not grow with the number of messages alone. */
  steps = 0

  /** In the order of the folder: of messages with one id the first has it, the others are like those without. */
  add(message: Threadable): void {
    const own = this.#ownContainer(message)
    let parent: Container | undefined
    if (message.references !== '') {
      for (const id of message.references.split(' ')) {
        this.steps += 1
        const container = this.#containerOf(id)
        if (container === undefined) continue
        // What has a parent keeps it: other messages have told more.
        if (parent !== undefined && container.parent === undefined) this.#link(parent, container)
        parent = container
      }
    }
    this.#adopt(own, parent)
  }

  #ownContainer(message: Threadable): Container {
    const known = message.messageId === '' ? undefined : this.#byId.get(message.messageId)
    if (known !== undefined && known.message === undefined) {
      known.message = message
      return known
    }
    const own = new Container()
    own.message = message
    this.all.push(own)
    if (known === undefined && message.messageId !== '') this.#byId.set(message.messageId, own)
    return own
  }

  #containerOf(id: string): Container | undefined {
    const known = this.#byId.get(id)
    if (known !== undefined) return known
    if (this.#strangers >= STRANGERS_MAX) return undefined
    this.#strangers += 1
    const stranger = new Container()
    this.#byId.set(id, stranger)
    this.all.push(stranger)
    return stranger
  }

  /** The message itself knows its parent best: another that was guessed gives way. */
  #adopt(own: Container, parent: Container | undefined): void {
    if (own.parent === parent) return
    own.parent?.children.delete(own)
    own.parent = undefined
    if (parent !== undefined) this.#link(parent, own)
  }

  /** @param child has no parent. */
  #link(parent: Container, child: Container): void {
    if (this.#isAncestor(child, parent)) return
    child.parent = parent
    parent.children.add(child)
    familyOf(child).family = familyOf(parent)
  }

  /** Is `one` the other, or above it? In doubt yes. */
  #isAncestor(one: Container, other: Container): boolean {
    if (one.children.size === 0) return one === other
    if (familyOf(one) !== familyOf(other)) return false
    for (let at: Container | undefined = other; at !== undefined; at = at.parent) {
      if (at === one || this.#stepsLeft === 0) return true
      this.#stepsLeft -= 1
      this.steps += 1
    }
    return false
  }
}

/** Who stands for the family; ways there are made shorter. */
function familyOf(container: Container): Container {
  let at = container
  while (at.family !== at) {
    at.family = at.family.family
    at = at.family
  }
  return at
}
