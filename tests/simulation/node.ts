/**
 * A node as `node/assemble.ts` puts it together: the real services on real stores, with time, randomness, disk, wires
 * and media of the simulation. What outlives a crash is here; what does not is made anew by each `start`.
 */
import { generateIdentity, type NodeId, type PrivateIdentity } from '@posthorn/nncp'
import type { Service } from '../../packages/node/src/base/lifecycle.ts'
import { nativeSuite } from '../../packages/node/src/node/crypto.ts'
import { startCustodyRounds } from '../../packages/node/src/node/custody-rounds.ts'
import { startMaintenance } from '../../packages/node/src/node/maintenance.ts'
import { type Courier, courier } from '../../packages/node/src/services/courier/index.ts'
import { nodeDomain, type PostOffice, postOffice } from '../../packages/node/src/services/postoffice/index.ts'
import type { Database } from '../../packages/node/src/stores/database/database.ts'
import { MemoryCalendar } from '../../packages/node/src/stores/database/memory-calendar.ts'
import { noteRestore } from '../../packages/node/src/stores/database/restores.ts'
import { type Directory, openDirectory } from '../../packages/node/src/stores/directory/index.ts'
import { memoryDirectory } from '../../packages/node/src/stores/directory/memory.ts'
import { openIncoming } from '../../packages/node/src/stores/incoming/index.ts'
import { type Journeys, memoryJourneys, openJourneys } from '../../packages/node/src/stores/journeys/index.ts'
import { type MailboxStore, openMailbox } from '../../packages/node/src/stores/mailbox/index.ts'
import { memoryMailbox } from '../../packages/node/src/stores/mailbox/memory.ts'
import { memoryQueue } from '../../packages/node/src/stores/queue/index.ts'
import { openSpool, type Spool } from '../../packages/node/src/stores/spool/index.ts'
import { memorySpool } from '../../packages/node/src/stores/spool/memory.ts'
import { databaseFrom, dumpOf, newDatabase } from './database.ts'
import type { Dice } from './dice.ts'
import { SimulatedDisk } from './disk.ts'
import { Life, Trouble } from './life.ts'
import { type SimulatedNetwork, simulatedAddress } from './network.ts'
import type { Slots } from './places.ts'
import { guardedDatabase, guardedStore } from './stores.ts'
import { type VirtualTime, WrongClock } from './time.ts'
import type { Trace } from './trace.ts'

const suite = nativeSuite()

export interface NodePlan {
  readonly number: number
  readonly users: readonly string[]
  /** Real SQLite and Maildirs, or the twins in memory; these are never killed, only stopped. */
  readonly stores: 'sqlite' | 'memory'
  readonly waiting: { readonly warnAfterDays: number; readonly returnAfterDays: number }
}

export interface NodeWorld {
  readonly time: VirtualTime
  readonly dice: Dice
  readonly slots: Slots
  readonly network: SimulatedNetwork
  readonly trace: Trace
  readonly injected: (kind: string) => void
  /** A crash came by itself, after so many changes. */
  readonly crashed: (node: SimulatedNode) => void
  /** Mutations, for tests of the simulation itself. */
  readonly change: {
    spool(spool: Spool, node: number): Spool
    mailbox(mailbox: MailboxStore, node: number): MailboxStore
  }
}

/** A home as it was, on another disk. */
export interface HomeCopy {
  readonly sql: string
  readonly disk: SimulatedDisk
  readonly madeAt: number
}

interface OpenStores {
  readonly spool: Spool
  readonly mailbox: MailboxStore
  readonly directory: Directory
  readonly journeys: Journeys
}

/** What one life of a node consists of. */
interface Running {
  readonly office: PostOffice
  readonly courier: Courier
  readonly maintenance: Service
  readonly custody: Service
}

/** Reads the database below the files of the simulation. */
const upkeep = {
  check: () => Promise.reject(new Error('the simulation has no file of the database')),
  isDue: () => false,
  snapshotAt: async () => 0,
  doubtsNeighbours: () => false,
}
const spoolPath = '/home/spool'
const mailPath = '/home/mail'
const hourMs = 3_600_000
/** A round each minute would be most of what happens. Nothing is late by it that waits for an hour, or a day. */
const custodyRoundMs = 2 * hourMs

export class SimulatedNode {
  readonly plan: NodePlan
  readonly name: string
  readonly identity: PrivateIdentity
  readonly domain: string
  readonly clock: WrongClock
  disk: SimulatedDisk
  readonly trouble = new Trouble()
  database: Database
  readonly #world: NodeWorld
  readonly #dice: Dice
  readonly #memory: OpenStores | undefined
  #life: Life
  #running: Running | undefined
  #stores: OpenStores | undefined
  #lives = 0

  constructor(plan: NodePlan, world: NodeWorld) {
    this.plan = plan
    this.#world = world
    this.name = `node${plan.number}`
    this.#dice = world.dice.fork(this.name)
    this.identity = generateIdentity(suite, this.#randomOf('identity'))
    this.domain = nodeDomain(this.name, this.identity.id)
    this.clock = new WrongClock(world.time)
    this.disk = new SimulatedDisk(() => world.time.now(), ['/home', spoolPath, mailPath])
    this.database = newDatabase()
    this.#life = this.#newLife()
    if (plan.stores === 'memory') {
      const clock = { now: () => this.clock.now(), sleep: () => Promise.reject(new Error('a store does not sleep')) }
      const calendar = new MemoryCalendar()
      const journeys = memoryJourneys(calendar)
      const spool = memorySpool({ suite, calendar, journeys })
      this.#memory = { spool, mailbox: memoryMailbox({ clock }), journeys, directory: memoryDirectory() }
    }
  }

  /** It works, and takes letters. */
  get up(): boolean {
    return this.#running !== undefined && this.#life.alive
  }

  get life(): Life {
    return this.#life
  }

  get office(): PostOffice {
    if (this.#running === undefined) throw new Error(`${this.name} is down`)
    return this.#running.office
  }

  /** Of a node that is up. */
  get stores(): OpenStores {
    if (this.#stores === undefined) throw new Error(`${this.name} is down`)
    return this.#stores
  }

  /** It notices that somebody may be reached now: a line came up. */
  networkChanged(): void {
    this.#running?.courier.networkChanged({ interfaces: [], addresses: [simulatedAddress] })
  }

  address(user: string): string {
    return `${user}@${this.domain}`
  }

  /** Before its first start. Passwords are hashed in threads, and so in real time: nothing may be under way here. */
  async prepare(introduce: (directory: Directory) => Promise<void>): Promise<void> {
    const random = this.#randomOf('preparation')
    await introduce(
      this.#memory?.directory ?? (await openDirectory({ database: this.database, random, scryptLogCost: 2 })),
    )
  }

  /** Never resolves when it crashes on the way. */
  async start(): Promise<void> {
    this.#life = this.#newLife()
    const life = this.#life
    const { plan, identity, name } = this
    const { slots, network, trace, change } = this.#world
    const log = trace.log(name, life)
    const clock = this.clock.of(life)
    const random = this.#randomOf(`life ${this.#lives}`)
    const basics = { suite, random, clock, log }
    const database = guardedDatabase(this.database, life)
    const directory = this.#memory?.directory ?? (await openDirectory({ database, random, scryptLogCost: 2 }))
    const { spool: realSpool, mailbox: realMailbox, journeys } = await this.#openStores(life, database, basics)
    const spool = change.spool(realSpool, plan.number)
    const mailbox = change.mailbox(realMailbox, plan.number)
    const stores = { spool, mailbox, directory, journeys }
    const incoming = openIncoming({ database, suite, log })
    const queue = memoryQueue()
    const limits = { messageBytesMax: 1_000_000, packetBytesMax: 2_000_000 }
    const office = postOffice({
      ...{ ...stores, ...basics, ...limits, identity, name, incoming },
      ...{ domains: [], incomingFolder: '/home/incoming', handles: [], programDirectory: '/home/programs' },
      relay: { from: ['*'], to: ['*'], bytesMax: 100_000_000 },
      outside: { gateways: [], queue, queued: () => {} },
      waiting: plan.waiting,
      departed: () => carrier.departed(),
    })
    const caller = { node: plan.number, life }
    const carrier: Courier = courier({
      ...{ spool, directory, clock, log, self: identity.id, transports: [slots.transport(life)] },
      limits: { packetBytesMax: limits.packetBytesMax, retryDelayMsMax: 4 * hourMs },
      ...{ settled: office.settled, arrived: office.arrived, onDuplicate: office.acknowledgeAgain },
      freeBytes: async () => (this.trouble.diskFull ? 0 : 1024 ** 4),
      wires: {
        ...{ identity, suite, random, dialers: [network.dialer(caller)] },
        limits: { pollMs: 24 * hourMs, redialDelayMsMin: 60_000, redialDelayMsMax: 4 * hourMs },
      },
    })
    office.start()
    carrier.serve(network.listen(caller))
    carrier.start()
    const [notices, histories] = [{ prune: async () => {} }, { prune: async () => {} }]
    const { joinInvites } = directory
    const rooms = { spool, mailbox, incoming, queue, journeys, notices, histories, joinInvites, postOffice: office }
    const settings = { chatDaysOf: () => 0, journeyDays: 90, checkDays: 3, pauseMs: 7 * hourMs }
    this.#stores = stores
    this.#running = {
      office,
      courier: carrier,
      maintenance: startMaintenance({ ...rooms, ...settings, upkeep, clock, log }),
      custody: startCustodyRounds({ postOffice: office, clock, log, roundMs: custodyRoundMs }),
    }
  }

  /** Killed, or its power lost. What the twins in memory hold would be lost too: they are stopped instead. */
  crash(how: 'killed' | 'power'): void {
    this.#life.end()
    this.#running = undefined
    this.#stores = undefined
    this.trouble.crashAfterSteps = null
    this.#world.network.cut(this.plan.number)
    if (how !== 'power') return
    const lost = this.disk.losePower(this.#dice)
    if (lost.names + lost.bytes > 0) this.#world.injected('unsynced-writes-lost')
    this.#world.trace.note(this.name, 'what was not synced is lost', lost)
  }

  /** Whether it has a letter for this node in custody, also while it is down. */
  async keeps(messageId: string, destination: NodeId): Promise<boolean> {
    if (this.#memory === undefined) {
      const sql = 'SELECT 1 FROM custody WHERE message_id = ? AND destination = ?'
      return this.database.get(sql, messageId, destination) !== undefined
    }
    const letters = await this.#memory.spool.custody.page(destination, { after: 0, limit: 1000 })
    return letters.some(letter => letter.messageId === messageId)
  }

  copyHome(): HomeCopy {
    return { sql: dumpOf(this.database), disk: this.disk.copy(), madeAt: this.clock.now() }
  }

  /** Its disk is gone for good; what it has instead is an old copy, which knows that it is one. */
  loseHome({ sql, disk, madeAt }: HomeCopy): void {
    this.crash('killed')
    this.database.close()
    this.database = databaseFrom(sql)
    this.database.transaction(() => noteRestore(this.database, { restoredAt: this.clock.now(), madeAt }))
    this.disk = disk
  }

  /** In order, as an operator does it. */
  async stop(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    if (running === undefined) return
    const { office, courier: carrier, maintenance, custody } = running
    await Promise.all([office.stop(), carrier.stop(), maintenance.stop(), custody.stop()])
    this.#stores = undefined
    this.#life.end()
  }

  close(): void {
    this.#life.end()
    this.database.close()
  }

  async #openStores(
    life: Life,
    database: Database,
    basics: Pick<Parameters<typeof openMailbox>[0], 'random' | 'clock' | 'log'>,
  ): Promise<Omit<OpenStores, 'directory'>> {
    if (this.#memory !== undefined) {
      const { spool, mailbox, journeys } = this.#memory
      return { spool: guardedStore(spool, life), mailbox: guardedStore(mailbox, life), journeys }
    }
    const files = this.disk.of(life)
    // So small that some letters are files.
    const inlineBytesMax = 2000
    const spool = await openSpool({ ...basics, database, suite, files, directory: spoolPath, inlineBytesMax })
    const mailbox = await openMailbox({ ...basics, database, files, directory: mailPath })
    return { spool, mailbox, journeys: openJourneys(database) }
  }

  #newLife(): Life {
    this.#lives += 1
    const dice = this.#dice.fork(`life ${this.#lives}`)
    const { time, injected, crashed } = this.#world
    const fraction = () => dice.fraction()
    return new Life({ time, fraction, injected, trouble: this.trouble, crashed: () => crashed(this) })
  }

  #randomOf(what: string): (sizeBytes: number) => Uint8Array {
    const dice = this.#dice.fork(`random ${what}`)
    return sizeBytes => dice.bytes(sizeBytes)
  }
}
