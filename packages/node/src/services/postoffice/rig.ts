/** Post offices on real stores, for tests: packets are carried from one spool to the other by hand. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  generateIdentity,
  type NodeId,
  type PacketId,
  type PlainHeader,
  type PrivateIdentity,
  plainPacket,
  sealPacket,
} from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { type Clock, systemClock } from '../../base/clock.ts'
import { silentLog } from '../../base/log.ts'
import { openDatabase } from '../../stores/database/database.ts'
import { type Directory, type Neighbour, openDirectory } from '../../stores/directory/index.ts'
import { type IncomingFiles, openIncoming } from '../../stores/incoming/index.ts'
import { type Journeys, openJourneys } from '../../stores/journeys/index.ts'
import { type MailboxStore, openMailbox } from '../../stores/mailbox/index.ts'
import { memoryQueue } from '../../stores/queue/index.ts'
import { type Body, type DeliveryWishes, openSpool, type Spool } from '../../stores/spool/index.ts'
import {
  type ConfiguredHandle,
  nodeDomain,
  type PostOffice,
  type PostOfficeOptions,
  postOffice,
  type RelayPolicy,
} from './index.ts'

const suite = pureSuite
const random = randomBytes
const never = new AbortController().signal

export class Office {
  readonly #close: () => void
  readonly identity: PrivateIdentity
  readonly name: string
  readonly domain: string
  readonly spool: Spool
  readonly mailbox: MailboxStore
  readonly journeys: Journeys
  readonly directory: Directory
  readonly incoming: IncomingFiles
  readonly office: PostOffice
  readonly mail: string
  /** Where files come in: a folder for each neighbour. */
  readonly files: string

  private constructor(
    parts: Omit<Office, 'stop' | 'address' | 'knows' | 'letters' | 'arrive' | 'send' | 'settled' | 'seal'>,
    close: () => void,
  ) {
    this.identity = parts.identity
    this.name = parts.name
    this.domain = parts.domain
    this.spool = parts.spool
    this.mailbox = parts.mailbox
    this.journeys = parts.journeys
    this.directory = parts.directory
    this.incoming = parts.incoming
    this.office = parts.office
    this.mail = parts.mail
    this.files = parts.files
    this.#close = close
  }

  static async open(
    name: string,
    users: readonly string[],
    change: (mailbox: MailboxStore) => MailboxStore = store => store,
    policy: Partial<RelayPolicy> = {},
    handles: readonly ConfiguredHandle[] = [],
    clock: Clock = systemClock,
    more: Partial<
      Pick<
        PostOfficeOptions,
        'waiting' | 'custodyBytesMax' | 'notice' | 'outside' | 'quotaOf' | 'plusAddresses' | 'domains' | 'account'
      >
    > = {},
  ): Promise<Office> {
    const folder = mkdtempSync(join(tmpdir(), 'posthorn-office-'))
    const log = silentLog
    const database = openDatabase(':memory:')
    const journeys = openJourneys(database)
    const identity = generateIdentity(suite, random)
    const mail = join(folder, 'mail')
    const spool = await openSpool({ database, directory: join(folder, 'spool'), suite, random, log })
    const mailbox = change(await openMailbox({ database, directory: mail, random, clock, log }))
    const directory = await openDirectory({ database, random, scryptLogCost: 2 })
    for (const user of users) await directory.users.add(user, 'password', 0)
    const incoming = openIncoming({ database, suite, log })
    const files = join(folder, 'incoming')
    const limits = { messageBytesMax: 4_000_000, packetBytesMax: 8_000_000 }
    const stores = { spool, mailbox, directory, incoming, incomingFolder: files, suite, random, clock, log, ...limits }
    const relay = { from: [], to: ['*'], bytesMax: 8_000_000, ...policy }
    const programs = { handles, programDirectory: join(folder, 'programs') }
    const outside = { gateways: [], queue: memoryQueue(), queued: () => {} }
    const settings = { waiting: { warnAfterDays: 5, returnAfterDays: 30 }, domains: [], outside, ...more }
    const office = postOffice({
      ...stores,
      ...programs,
      ...settings,
      journeys,
      identity,
      name,
      relay,
      departed: () => {},
    })
    office.start()
    await office.startPrograms()
    const domain = nodeDomain(name, identity.id)
    return new Office(
      { identity, name, domain, spool, mailbox, journeys, directory, incoming, office, mail, files },
      () => {
        database.close()
        rmSync(folder, { recursive: true, force: true })
      },
    )
  }

  async stop(): Promise<void> {
    await this.office.stop()
    this.#close()
  }

  address(user: string): string {
    return `${user}@${this.domain}`
  }

  async knows(other: Office, traits: Partial<Neighbour> = {}): Promise<void> {
    const { id, exchangeKey, signingKey, noiseKey } = other.identity
    await this.directory.neighbours.put({
      identity: { id, exchangeKey, signingKey, noiseKey },
      name: other.name,
      ...{
        domains: [],
        addresses: [],
        via: [],
        otherRoads: [],
        custody: 'ack',
        posthorn: true,
        card: null,
        addedAt: 0,
        lastContactAt: null,
      },
      ...traits,
    })
  }

  send(
    sender: string,
    recipients: readonly string[],
    text: string,
    wishes?: DeliveryWishes,
  ): Promise<{ messageId: string }> {
    return this.office.submit({ sender, recipients, body: bodyOf(text), ...(wishes && { wishes }) })
  }

  /** Letters of a user as they lie on the disk, held ones too. */
  async letters(user: string): Promise<string[]> {
    const entries = await readdir(join(this.mail, user), { recursive: true, withFileTypes: true }).catch(() => [])
    const files = entries.filter(entry => entry.isFile() && /[/\\](cur|new)$/.test(entry.parentPath))
    return Promise.all(files.map(entry => readFile(join(entry.parentPath, entry.name), 'latin1')))
  }

  /** A packet comes in; resolves when it was tossed, or will be tried again later. */
  async arrive(packet: {
    bytes: AsyncIterable<Uint8Array>
    sender: NodeId
    handedBy?: NodeId
    told?: boolean
  }): Promise<'new' | 'duplicate'> {
    const staged = await this.spool.stage(packet.bytes, { signal: never, sizeBytesMax: 50_000_000 })
    const at = systemClock.now()
    const { sender, handedBy = sender, told = false } = packet
    const inbound = { staged, sender, handedBy, niceness: 96, source: 'test', told, at }
    const outcome = await this.spool.inbox.commit(inbound)
    if (outcome === 'duplicate') await this.office.acknowledgeAgain(staged.id, handedBy)
    this.office.arrived()
    await this.settled()
    return outcome
  }

  settled(): Promise<void> {
    return this.office.settled(never)
  }

  /** A packet made by hand for another node, with whatever content. */
  seal(to: Office, plain: PlainHeader, content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    const payload = plainPacket(plain, content)
    return sealPacket({ suite, random, sender: this.identity, recipient: to.identity, niceness: 96, payload })
  }
}

/** Everything in one outbox for the other node goes into its inbox; nothing leaves the outbox by it. */
export async function carry(from: Office, to: Office): Promise<PacketId[]> {
  const page = await from.spool.outbox.page(to.identity.id, { after: null, limit: 100 })
  for (const { id } of page) {
    const body = await from.spool.outbox.open(id)
    if (body !== undefined) await to.arrive({ bytes: body.read(), sender: from.identity.id })
  }
  return page.map(packet => packet.id)
}

export async function queueOf(from: Office, to: Office) {
  return from.spool.outbox.page(to.identity.id, { after: null, limit: 100 })
}

export function bodyOf(text: string): Body {
  const bytes = Buffer.from(text, 'latin1')
  return { sizeBytes: bytes.length, read: (startBytes = 0) => streamOf(bytes.subarray(startBytes)) }
}

export async function* streamOf(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}
