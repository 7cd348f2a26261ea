/** Wakes one waiter. Rings that come while nobody waits count as one, so nothing is missed between two waits. */
export class Bell {
  #wake: (() => void) | undefined
  #rung = false

  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  async heard(): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
      this.#wake = undefined
    }
    this.#rung = false
  }
}
