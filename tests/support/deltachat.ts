/** A real Delta Chat core (`deltachat-rpc-server`), driven by JSON-RPC over its standard input and output. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

export type CoreVersion = '2.62' | '2.57' | '2.48' | '2.33' | '1.160'

export interface CoreEvent {
  readonly account: number
  readonly kind: string
  readonly fields: Readonly<Record<string, unknown>>
}

interface RawEvent {
  readonly contextId: number
  readonly event: { readonly kind: string } & Readonly<Record<string, unknown>>
}

interface Pending {
  resolve(result: unknown): void
  reject(error: Error): void
}

export function coreBinary(version: CoreVersion): string | undefined {
  const require = createRequire(import.meta.url)
  try {
    const folder = dirname(require.resolve(`deltachat-core-${version}/package.json`))
    const binary = join(folder, 'deltachat-rpc-server')
    return existsSync(binary) ? binary : undefined
  } catch {
    return undefined
  }
}

export class DeltaChat {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>
  readonly #pending = new Map<number, Pending>()
  readonly #events: CoreEvent[] = []
  readonly #listeners = new Set<(event: CoreEvent) => void>()
  /** Before login links were transports, and events came in batches. */
  readonly #old: boolean
  #eventCount = 0
  #nextId = 1
  #ended = false

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>, old: boolean) {
    this.#process = child
    this.#old = old
    createInterface({ input: child.stdout }).on('line', line => this.#receive(line))
    child.once('exit', () => {
      this.#ended = true
      for (const pending of this.#pending.values()) pending.reject(new Error('the core ended'))
    })
  }

  /** @param within a command that runs it, as `ip netns exec NAME`. */
  static start(folder: string, version: CoreVersion = '2.57', within: readonly string[] = []): DeltaChat {
    const binary = coreBinary(version)
    if (binary === undefined) throw new Error(`Delta Chat core ${version} is not installed on this platform`)
    const environment = { ...process.env, DC_ACCOUNTS_PATH: folder, RUST_LOG: 'error' }
    const [command = binary, ...args] = within
    const whole = command === binary ? [] : [...args, binary]
    const child = spawn(command, whole, { env: environment, stdio: ['pipe', 'pipe', 'ignore'] })
    const core = new DeltaChat(child, ['2.33', '1.160'].includes(version))
    // Ends with the core, whose end is no fault here.
    core.#pump().catch(() => undefined)
    return core
  }

  call<T = unknown>(method: string, ...params: unknown[]): Promise<T> {
    const id = this.#nextId++
    this.#process.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
    return new Promise<unknown>((resolve, reject) => this.#pending.set(id, { resolve, reject })) as Promise<T>
  }

  /** Logs a new account in by its `dclogin:` or `dcaccount:` link and goes online; answers its id. */
  async login(dclogin: string, displayName: string, settings: Readonly<Record<string, string>> = {}): Promise<number> {
    const account = await this.call<number>('add_account')
    await this.call('set_config', account, 'displayname', displayName)
    for (const [key, value] of Object.entries(settings)) {
      // An old core does not know every setting.
      await this.call('set_config', account, key, value).catch(() => undefined)
    }
    if (this.#old) {
      await this.call('set_config_from_qr', account, dclogin)
      await this.call('configure', account)
    } else {
      await this.call('add_transport_from_qr', account, dclogin)
    }
    await this.call('start_io', account)
    await this.event(account, 'ImapInboxIdle')
    return account
  }

  /** The next event of this kind that fits, also one that came before and was not asked for yet. */
  event(
    account: number,
    kind: string,
    fits: (fields: CoreEvent['fields']) => boolean = () => true,
  ): Promise<CoreEvent> {
    const matches = (event: CoreEvent) => event.account === account && event.kind === kind && fits(event.fields)
    const at = this.#events.findIndex(matches)
    const past = this.#events[at]
    if (past !== undefined) {
      this.#events.splice(at, 1)
      return Promise.resolve(past)
    }
    return new Promise(resolve => {
      const listener = (event: CoreEvent) => {
        if (!matches(event)) return
        this.#listeners.delete(listener)
        this.#events.splice(this.#events.indexOf(event), 1)
        resolve(event)
      }
      this.#listeners.add(listener)
    })
  }

  /** How many events came so far. */
  get eventCount(): number {
    return this.#eventCount
  }

  /** Resolves when more than `count` events have come, of whatever kind; takes none of them. */
  eventsAfter(count: number): Promise<void> {
    if (this.#eventCount > count) return Promise.resolve()
    return new Promise(resolve => {
      const listener = () => {
        this.#listeners.delete(listener)
        resolve()
      }
      this.#listeners.add(listener)
    })
  }

  async stop(): Promise<void> {
    if (this.#ended) return
    const ended = new Promise(resolve => this.#process.once('exit', resolve))
    this.#process.kill('SIGTERM')
    await ended
  }

  async #pump(): Promise<void> {
    while (!this.#ended) {
      for (const { contextId, event } of await this.#nextEvents()) {
        const { kind, ...fields } = event
        if (kind === 'Info') continue
        const known = { account: contextId, kind, fields }
        this.#eventCount += 1
        this.#events.push(known)
        for (const listener of [...this.#listeners]) listener(known)
      }
    }
  }

  async #nextEvents(): Promise<readonly RawEvent[]> {
    return this.#old ? [await this.call<RawEvent>('get_next_event')] : this.call('get_next_event_batch')
  }

  #receive(line: string): void {
    const answer = JSON.parse(line) as { id: number; result?: unknown; error?: { message: string } }
    const pending = this.#pending.get(answer.id)
    this.#pending.delete(answer.id)
    if (answer.error !== undefined) pending?.reject(new Error(answer.error.message))
    else pending?.resolve(answer.result)
  }
}
