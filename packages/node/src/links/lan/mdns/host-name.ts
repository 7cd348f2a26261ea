/**
 * `<name>.local`, for people. Two machines of a network may want the same one, and it may be this machine's own
 * already: it is taken only when nobody answers to it (RFC 6762, 8.1), and given up when somebody else does. Nothing of
 * ours depends on it.
 */
export class HostName {
  readonly name: string
  #state: 'asking' | 'ours' | 'others' = 'asking'

  constructor(nodeName: string) {
    this.name = `${nodeName}.local`
  }

  get isOurs(): boolean {
    return this.#state === 'ours'
  }

  get isAsked(): boolean {
    return this.#state === 'asking'
  }

  /** Another network, another try. */
  ask(): void {
    if (this.#state === 'others') this.#state = 'asking'
  }

  /** Nobody has answered. */
  take(): void {
    if (this.#state === 'asking') this.#state = 'ours'
  }

  /** A host has addresses for these names. */
  heard(names: readonly string[], fromThisMachine: boolean): void {
    if (!names.includes(this.name)) return
    // What we say comes back to us.
    if (fromThisMachine && this.#state === 'ours') return
    this.#state = 'others'
  }
}
