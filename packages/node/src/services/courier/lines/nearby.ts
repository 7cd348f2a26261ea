/**
 * Which nodes were heard in the local network, and where they say that they take calls. Claims of anybody: bounded,
 * soon forgotten, and good for nothing but a call, in which the other end has to prove itself.
 */
import type { NodeId } from '@posthorn/nncp'
import type { Clock } from '../../../base/clock.ts'
import { Elapsed } from '../../../base/elapsed.ts'
import type { Sighting } from '../../../links/lan/sighting.ts'
import type { LineLimits } from './limits.ts'

export interface NearbyAddress {
  readonly url: string
  /** Our interface that leads there. */
  readonly interface: string
  readonly source: Sighting['source']
  /** Milliseconds since 1970. */
  readonly seenAt: number
}

/** A node in the local network, by its own word. */
export interface NearbyNode {
  readonly id: NodeId
  /** What it calls itself. */
  readonly name: string | null
  /** Where to try first comes first. */
  readonly addresses: readonly NearbyAddress[]
  /** When it was heard for the first time, milliseconds since 1970. */
  readonly since: number
}

interface Address extends NearbyAddress {
  readonly at: URL
  /** By the clock that never goes back. */
  readonly untilMs: number
  readonly tries: Tries
}

/** What became of calls there. */
interface Tries extends Setbacks {
  state: 'untried' | 'proven' | 'failed'
}

/** How often in a row it went wrong, and when for the last time: the more often, the longer until the next try. */
interface Setbacks {
  failures: number
  atMs: number
}

interface Entry {
  readonly since: number
  name: string | null
  /** In the order in which they were last heard. */
  readonly addresses: Map<string, Address>
  /** Addresses that made room for others. */
  readonly driven: Setbacks
}

export class NearbyNodes {
  readonly #clock: Clock
  readonly #elapsed: Elapsed
  readonly #limits: LineLimits
  readonly #isKnown: (id: NodeId) => boolean
  /** In the order in which they were last heard. */
  readonly #entries = new Map<NodeId, Entry>()

  constructor(options: { clock: Clock; limits: LineLimits; isKnown: (id: NodeId) => boolean }) {
    this.#clock = options.clock
    this.#elapsed = new Elapsed(options.clock)
    this.#limits = options.limits
    this.#isKnown = options.isKnown
  }

  /** Whether it is news: a node or address that was not here, or one that may be worth another try. */
  heard(sighting: Sighting): boolean {
    const { id, url, name, lifetimeMs } = sighting
    this.#expire()
    if (lifetimeMs === 0) {
      this.#entries.get(id)?.addresses.delete(url.href)
      return false
    }
    const entry = this.#entries.get(id) ?? newEntry(this.#clock.now())
    const old = entry.addresses.get(url.href)
    if (old === undefined && !this.#makeRoom(entry)) return false
    this.#entries.delete(id)
    this.#entries.set(id, entry)
    entry.name = name ?? entry.name
    entry.addresses.delete(url.href)
    entry.addresses.set(url.href, {
      ...{ at: url, url: url.href, interface: sighting.interface, source: sighting.source, seenAt: this.#clock.now() },
      untilMs: Math.max(old?.untilMs ?? 0, this.#elapsed.now() + lifetimeMs),
      tries: old?.tries ?? { state: 'untried', failures: 0, atMs: 0 },
    })
    this.#forgetStrangers()
    return old === undefined || this.#isBack(old.tries)
  }

  /**
   * Where to call it: what has proven itself first, what has failed last, if enough time has passed since; otherwise
   * what was heard last comes first.
   */
  addressesOf(id: NodeId): readonly { readonly url: URL; readonly failed: boolean }[] {
    this.#expire()
    return inOrder(this.#entries.get(id))
      .filter(({ tries }) => tries.state !== 'failed' || this.#mayTryAgain(tries))
      .map(({ at, tries }) => ({ url: at, failed: tries.state === 'failed' }))
  }

  /** What became of a call. */
  called(id: NodeId, url: URL, answered: boolean): void {
    const entry = this.#entries.get(id)
    const tries = entry?.addresses.get(url.href)?.tries
    if (entry === undefined || tries === undefined) return
    if (answered) entry.driven.failures = 0
    tries.state = answered ? 'proven' : 'failed'
    tries.failures = answered ? 0 : tries.failures + 1
    tries.atMs = this.#elapsed.now()
  }

  /** What was heard on these interfaces: they lead elsewhere now. */
  forget(interfaces: readonly string[]): void {
    for (const { addresses } of this.#entries.values())
      for (const address of addresses.values())
        if (interfaces.includes(address.interface)) addresses.delete(address.url)
    this.#expire()
  }

  /** Everybody who is near now, whoever was heard last first. */
  list(): readonly NearbyNode[] {
    this.#expire()
    return [...this.#entries].reverse().map(([id, entry]) => ({
      ...{ id, name: entry.name, since: entry.since },
      addresses: inOrder(entry).map(({ url, source, seenAt, interface: at }) => ({
        url,
        interface: at,
        source,
        seenAt,
      })),
    }))
  }

  /** Whether an address that failed is worth a try because it is announced again: less and less often. */
  #isBack(tries: Tries): boolean {
    if (tries.state !== 'failed' || !this.#mayTryAgain(tries)) return false
    tries.state = 'untried'
    return true
  }

  #mayTryAgain({ failures, atMs }: Setbacks): boolean {
    const { redialDelayMsMin, redialDelayMsMax } = this.#limits
    const pauseMs = failures === 0 ? 0 : Math.min(redialDelayMsMin * 2 ** (failures - 1), redialDelayMsMax)
    return this.#elapsed.now() >= atMs + pauseMs
  }

  /** An address more drives out one that has failed, never another; less and less often, when none of them answers. */
  #makeRoom({ addresses, driven }: Entry): boolean {
    if (addresses.size < this.#limits.nearbyAddressesMax) return true
    const failed = [...addresses.values()].find(({ tries }) => tries.state === 'failed')
    if (failed === undefined || !this.#mayTryAgain(driven)) return false
    driven.failures += 1
    driven.atMs = this.#elapsed.now()
    return addresses.delete(failed.url)
  }

  #forgetStrangers(): void {
    const strangers = [...this.#entries.keys()].filter(id => !this.#isKnown(id))
    for (const id of strangers.slice(0, -this.#limits.nearbyStrangersMax)) this.#entries.delete(id)
  }

  #expire(): void {
    const now = this.#elapsed.now()
    for (const [id, { addresses }] of this.#entries) {
      for (const { url, untilMs } of addresses.values()) if (untilMs <= now) addresses.delete(url)
      if (addresses.size === 0) this.#entries.delete(id)
    }
  }
}

function newEntry(since: number): Entry {
  return { since, name: null, addresses: new Map(), driven: { failures: 0, atMs: 0 } }
}

const states = ['proven', 'untried', 'failed'] as const

function inOrder(entry: Entry | undefined): Address[] {
  const addresses = [...(entry?.addresses.values() ?? [])].reverse()
  return states.flatMap(wanted => addresses.filter(({ tries }) => tries.state === wanted))
}
