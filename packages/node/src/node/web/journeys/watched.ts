/** Messages of which people have asked where they are: they are told when more is known. */

/** Of one person. Of more than these the oldest are forgotten: an app asks again for what it shows. */
export const watchedMax = 2000

export class Watched {
  readonly #messages = new Map<string, Map<string, number>>()

  add(user: string, messageId: string, message: number): void {
    const theirs = this.#messages.get(user) ?? new Map<string, number>()
    this.#messages.set(user, theirs)
    theirs.delete(messageId)
    theirs.set(messageId, message)
    const [oldest] = theirs.size > watchedMax ? theirs.keys() : []
    if (oldest !== undefined) theirs.delete(oldest)
  }

  find(user: string, messageId: string): number | undefined {
    return this.#messages.get(user)?.get(messageId)
  }

  /** Whoever has asked for it. */
  usersOf(messageId: string): string[] {
    return [...this.#messages].flatMap(([user, theirs]) => (theirs.has(messageId) ? user : []))
  }
}
