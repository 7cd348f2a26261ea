/** Machines and a local network for the tests of discovery. */
import { generateIdentity, type NodeId, type RandomSource } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { onTestFinished } from 'vitest'
import { HandClock } from '../../base/hand-clock.ts'
import { type Log, silentLog } from '../../base/log.ts'
import { discoverLan, type LanOptions, type Sighting } from './index.ts'
import type { LanInterface } from './interfaces.ts'
import type { MulticastOptions, MulticastSocket, OpenMulticast } from './multicast.ts'

interface Ear {
  readonly machine: Machine
  readonly options: MulticastOptions
  readonly joined: Set<string>
}

/** Datagrams arrive at once, at everybody who has joined, the sender's machine included. */
export class MemoryLan {
  readonly clock = new HandClock()
  readonly ears = new Set<Ear>()
  /** Every datagram that was ever sent, by the address it came from. */
  readonly sent: { readonly from: string; readonly group: string; readonly bytes: Uint8Array }[] = []
  #machines = 0
  #identities = 0

  machine(families: readonly (4 | 6)[] = [4, 6]): Machine {
    this.#machines += 1
    return new Machine(this, this.#machines, families)
  }

  /** Whoever sends from there: a machine of the network, or somebody who says anything. */
  deliver(from: { address4: string; address6: string; port: number }, to: MulticastOptions, bytes: Uint8Array): void {
    const from4or6 = to.family === 4 ? from.address4 : from.address6
    this.sent.push({ from: from4or6, group: to.group, bytes })
    for (const { options, joined } of [...this.ears]) {
      if (options.group !== to.group || options.localPort !== to.port || joined.size === 0) continue
      const address = to.family === 4 ? from4or6 : `${from4or6}%${[...joined][0]}`
      options.received({ bytes, address, port: from.port })
    }
  }

  random: RandomSource = sizeBytes => new Uint8Array(sizeBytes)

  newId(): NodeId {
    this.#identities += 1
    return generateIdentity(pureSuite, sizeBytes => new Uint8Array(sizeBytes).fill(this.#identities)).id
  }

  /** Time passes, a little at a time. */
  async pass(delayMs: number): Promise<void> {
    for (let passed = 0; passed < delayMs; passed += 10) {
      await turn()
      this.clock.pass(10)
    }
    await turn()
  }
}

const turn = () => new Promise<void>(resolve => setImmediate(resolve))

class Machine {
  readonly lan: MemoryLan
  readonly families: readonly (4 | 6)[]
  readonly address4: string
  readonly address6: string
  interfaces: LanInterface[]
  /** Whether its addresses may be used already. */
  isRipe = true

  constructor(lan: MemoryLan, number: number, families: readonly (4 | 6)[]) {
    this.lan = lan
    this.families = families
    this.address4 = `10.0.0.${number}`
    this.address6 = `fe80::${number}`
    this.interfaces = [this.cable('eth0')]
  }

  cable(name: string): LanInterface {
    return {
      ...{ name, index: 2, ipv6: [] },
      ipv4: this.families.includes(4) ? [{ address: this.address4, prefixBits: 24 }] : [],
      linkLocal: this.families.includes(6) ? [this.address6] : [],
    }
  }

  open: OpenMulticast = async options => {
    if (!this.families.includes(options.family)) throw Object.assign(new Error('none'), { code: 'EAFNOSUPPORT' })
    const ear = { machine: this, options, joined: new Set<string>() }
    this.lan.ears.add(ear)
    return socketOf(ear)
  }
}

function socketOf(ear: Ear): MulticastSocket {
  const { machine, options, joined } = ear
  const isThere = ({ name }: LanInterface) => machine.interfaces.some(at => at.name === name)
  return {
    join: at => isThere(at) && joined.add(at.name).size > 0,
    leave: at => joined.delete(at.name),
    async send(bytes, at) {
      if (!isThere(at) || !machine.isRipe) return false
      machine.lan.deliver({ ...addressesOf(machine), port: options.localPort }, options, bytes)
      return true
    },
    async close() {
      machine.lan.ears.delete(ear)
    },
  }
}

function addressesOf({ address4, address6 }: Machine) {
  return { address4, address6 }
}

export interface Found {
  readonly id: NodeId
  readonly sightings: Sighting[]
  /** Interfaces that were said to have changed. */
  readonly changes: string[]
  /** Urls of the node as they are known, without repetition. */
  readonly urlsOf: (id: NodeId) => string[]
  readonly stop: () => Promise<void>
}

/** A node on this machine that wants to be heard by everybody it hears for the first time. */
export function nodeOn(machine: Machine, options: Partial<LanOptions> & { log?: Log } = {}): Found {
  const { lan } = machine
  const id = options.self ?? lan.newId()
  const sightings: Sighting[] = []
  const changes: string[] = []
  const stopped = new AbortController()
  const running = discoverLan(
    {
      ...{ self: id, name: 'camp', port: 5400, sources: ['mcd', 'mdns'], log: silentLog },
      ...{ clock: lan.clock, random: lan.random, open: machine.open, interfaces: () => machine.interfaces },
      found(sighting) {
        const isNew = !sightings.some(other => other.id === sighting.id)
        sightings.push(sighting)
        return isNew
      },
      networkChanged: ({ interfaces }) => changes.push(...interfaces),
      ...options,
    },
    stopped.signal,
  )
  const stop = async () => {
    stopped.abort()
    await running
  }
  onTestFinished(stop)
  return {
    ...{ id, sightings, changes, stop },
    urlsOf: wanted => [...new Set(sightings.flatMap(({ id: heard, url }) => (heard === wanted ? [url.href] : [])))],
  }
}
