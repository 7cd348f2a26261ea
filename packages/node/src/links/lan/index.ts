/**
 * Discovery in the local network: who else is here, and where calls are taken.
 *
 * It promises: the node is announced on every interface as soon as that is there, again and again for a few seconds,
 * and from then on now and then; a node that is heard for the first time gets an answer, so that two nodes find each
 * other whichever came first. Datagrams are claims of anybody: they are bounded before they are parsed, and yield
 * addresses, never trust. What fails is one way of finding (no IPv6, a port that others hold): the log says so and the
 * others go on.
 */
import type { NodeId, RandomSource } from '@posthorn/nncp'
import type { Clock } from '../../base/clock.ts'
import { Elapsed } from '../../base/elapsed.ts'
import { messageOf, systemCode } from '../../base/errors.ts'
import { Hint } from '../../base/hint.ts'
import type { Log } from '../../base/log.ts'
import { Beat } from './beat.ts'
import { Budget } from './budget.ts'
import type { Channel, ChannelOptions } from './channel.ts'
import { type LanInterface, lanInterfaces } from './interfaces.ts'
import { lanLimits } from './limits.ts'
import { mcdChannel } from './mcd.ts'
import { mdnsChannel } from './mdns/index.ts'
import { type OpenMulticast, openMulticast } from './multicast.ts'
import type { NetworkChange, Sighting, SightingSource } from './sighting.ts'

export type { Sighting, SightingSource } from './sighting.ts'

export interface LanOptions {
  readonly self: NodeId
  readonly name: string
  /** Where this node takes calls on every interface; null: it listens for others and says nothing of itself. */
  readonly port: number | null
  readonly sources: readonly SightingSource[]
  /** Answers whether it wants to be heard by that node, which it has not heard of before. */
  readonly found: (sighting: Sighting) => boolean
  /** Since discovery began. */
  readonly networkChanged: (change: NetworkChange) => void
  readonly clock: Clock
  readonly random: RandomSource
  readonly log: Log
  readonly open?: OpenMulticast
  readonly interfaces?: () => readonly LanInterface[]
}

/** Announces and listens until the signal fires; then says goodbye. Rejects only with a broken invariant. */
export async function discoverLan(options: LanOptions, signal: AbortSignal): Promise<void> {
  await new Lan(options).run(signal)
}

interface Station {
  readonly at: LanInterface
  readonly key: string
  readonly beats: readonly Beat[]
  /** Channels that do not listen here yet. */
  readonly toJoin: Set<Channel>
}

const channelOf = { mcd: mcdChannel, mdns: mdnsChannel } as const

class Lan {
  readonly #options: LanOptions
  readonly #elapsed: Elapsed
  readonly #budget: Budget
  readonly #wake = new Hint()
  readonly #stations = new Map<string, Station>()
  #channels: readonly Channel[] = []
  #looked = false

  constructor(options: LanOptions) {
    this.#options = options
    this.#elapsed = new Elapsed(options.clock)
    this.#budget = new Budget(() => this.#elapsed.now())
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#channels = await this.#openChannels()
    let lookMs = 0
    while (!signal.aborted) {
      const now = this.#elapsed.now()
      if (now >= lookMs) {
        this.#look(now)
        lookMs = now + lanLimits.lookEveryMs
      }
      this.#speak(now)
      await this.#pause(Math.min(lookMs, ...this.#beats().map(beat => beat.nextMs)) - now, signal)
    }
    await Promise.all(this.#channels.map(channel => channel.close()))
  }

  async #openChannels(): Promise<Channel[]> {
    const { self, name, port, sources, log, open = openMulticast } = this.#options
    const common: ChannelOptions = {
      ...{ self, name, port, open },
      interfaces: () => [...this.#stations.values()].map(station => station.at),
      admit: sender => this.#budget.take(sender),
      found: sighting => this.#found(sighting),
      asked: at => this.#answer(at.name),
    }
    const opened = await Promise.all(
      sources.map(source =>
        channelOf[source](common).catch((error: unknown) => {
          const reason = systemCode(error) ?? messageOf(error)
          log.warn('nodes in the local network cannot be found this way', { way: source, reason })
          return undefined
        }),
      ),
    )
    return opened.filter(channel => channel !== undefined)
  }

  /** Which interfaces there are, and whether they are as they were. */
  #look(now: number): void {
    const { interfaces = lanInterfaces, networkChanged, log } = this.#options
    const all = interfaces()
    const there = new Map(all.slice(0, lanLimits.interfacesMax).map(at => [at.name, at]))
    const changed = new Set<string>()
    for (const [name, station] of this.#stations) {
      const at = there.get(name)
      if (at !== undefined && keyOf(at) === station.key) continue
      changed.add(name)
      this.#stations.delete(name)
      for (const channel of this.#channels) channel.leave(station.at)
    }
    for (const at of there.values()) {
      if (!this.#stations.has(at.name)) {
        changed.add(at.name)
        this.#stations.set(at.name, this.#stationAt(at, now))
      }
    }
    for (const { at, toJoin } of this.#stations.values())
      for (const channel of toJoin) if (channel.join(at)) toJoin.delete(channel)
    if (changed.size > 0 && this.#looked) {
      log.info('the network has changed', { interfaces: [...changed] })
      networkChanged({ interfaces: [...changed], addresses: all.flatMap(addressesOf) })
    }
    this.#looked = true
  }

  #stationAt(at: LanInterface, now: number): Station {
    const beats = this.#channels.flatMap(channel => channel.says.map(saying => new Beat(saying, now)))
    return { at, key: keyOf(at), beats, toJoin: new Set(this.#channels) }
  }

  #speak(now: number): void {
    for (const { at, beats } of this.#stations.values()) {
      for (const beat of beats) {
        if (beat.nextMs > now) continue
        beat.said(now)
        void beat.saying.say(at).then(taken => taken || this.#again(beat))
      }
    }
  }

  #again(beat: Beat): void {
    beat.again(this.#elapsed.now())
    this.#wake.notify()
  }

  #found(sighting: Sighting): void {
    if (this.#options.found(sighting)) this.#answer(sighting.interface)
  }

  #answer(name: string): void {
    const { answerDelayMsMin, answerDelayMsMax } = lanLimits
    const [byte = 0] = this.#options.random(1)
    const delayMs = answerDelayMsMin + ((answerDelayMsMax - answerDelayMsMin) * byte) / 255
    const now = this.#elapsed.now()
    for (const beat of this.#stations.get(name)?.beats ?? []) if (beat.saying.answers) beat.soon(now, delayMs)
    this.#wake.notify()
  }

  #beats(): Beat[] {
    return [...this.#stations.values()].flatMap(station => station.beats)
  }

  async #pause(delayMs: number, signal: AbortSignal): Promise<void> {
    if (delayMs <= 0) return
    const over = new AbortController()
    const end = () => over.abort()
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
    const sleeping = this.#options.clock.sleep(delayMs, over.signal).catch(() => undefined)
    await Promise.race([sleeping, this.#wake.wait(over.signal)])
    signal.removeEventListener('abort', end)
    end()
    await sleeping
  }
}

function addressesOf({ ipv4, ipv6, linkLocal }: LanInterface): string[] {
  return [...ipv4.map(({ address }) => address), ...ipv6, ...linkLocal]
}

function keyOf({ index, ipv4, linkLocal, ipv6 }: LanInterface): string {
  return JSON.stringify([index, ipv4, linkLocal, ipv6])
}
