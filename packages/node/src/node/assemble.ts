/**
 * The one place that names the concrete parts: a node is put together here, from its home.
 *
 * `openNode` takes the home's lock and opens the stores and the two services; `serve` adds listeners and folder
 * watching. The same node without `serve` is what the command line works on when no daemon runs.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { PrivateIdentity, RandomSource, Suite } from '@posthorn/nncp'
import { type Clock, systemClock } from '../base/clock.ts'
import { OperatingError } from '../base/errors.ts'
import { type Service, stopAll } from '../base/lifecycle.ts'
import type { Log } from '../base/log.ts'
import { folderTransport } from '../links/folder/index.ts'
import { farEndListener } from '../links/pipe/far-end.ts'
import { pipeDialer } from '../links/pipe/index.ts'
import { type TcpOptions, tcpTransport } from '../links/tcp/index.ts'
import { socksProxy } from '../links/tcp/socks/proxy.ts'
import { type Courier, courier } from '../services/courier/index.ts'
import { type Gateways, gateways } from '../services/gateway/index.ts'
import { openPairing, type Pairing, pairingMagic } from '../services/pairing/index.ts'
import { nodeDomain, type PostOffice, postOffice } from '../services/postoffice/index.ts'
import type { Database, SnapshotOptions } from '../stores/database/database.ts'
import { type FileLock, lockFile } from '../stores/database/lock.ts'
import { lastRestore, type Restore } from '../stores/database/restores.ts'
import { type Directory, openDirectory } from '../stores/directory/index.ts'
import { type Histories, openHistories } from '../stores/histories/index.ts'
import { type IncomingFiles, openIncoming } from '../stores/incoming/index.ts'
import { type Journeys, openJourneys } from '../stores/journeys/index.ts'
import { type MailboxStore, openMailbox } from '../stores/mailbox/index.ts'
import { type NoticeStore, openNotices } from '../stores/notices/index.ts'
import { openQueue, type QueueStore } from '../stores/queue/index.ts'
import { openSound, type RepairReport, type SoundDatabase, type Upkeep } from '../stores/repair/index.ts'
import { openSpool, type Spool } from '../stores/spool/index.ts'
import { openWebAccounts, type WebAccounts } from '../stores/web-accounts/index.ts'
import { acquaintByPairing } from './acquaintance.ts'
import { type Config, loadConfig } from './config/config.ts'
import { nativeSuite } from './crypto.ts'
import { countingDeliveries } from './deliveries.ts'
import { configuredGateways, gatewayRules, reporting } from './gateways.ts'
import { programsOf } from './handles.ts'
import { type HistoryRecorder, historyRecorder } from './history-recorder.ts'
import { type Home, prepareSocketFolder, readKeys } from './home.ts'
import { findAccount, type NoAccount, type NodeAccount, peopleSettings } from './node-account.ts'
import { nodeAccountName, quotaOf } from './people.ts'

export interface Node extends Service {
  readonly home: Home
  readonly config: Config
  readonly identity: PrivateIdentity
  readonly name: string
  readonly domain: string
  readonly suite: Suite
  readonly spool: Spool
  readonly mailbox: MailboxStore
  readonly directory: Directory
  readonly incoming: IncomingFiles
  readonly queue: QueueStore
  readonly journeys: Journeys
  readonly notices: NoticeStore
  readonly webAccounts: WebAccounts
  /** Letters that came to people here since the node began. */
  readonly delivered: () => number
  /** The node's own user. */
  readonly account: NodeAccount | NoAccount
  readonly postOffice: PostOffice
  readonly courier: Courier
  readonly histories: Histories
  readonly recorder: HistoryRecorder
  readonly gateways: Gateways
  readonly pairing: Pairing
  /** Of the database. */
  readonly upkeep: Upkeep
  /** What was wrong with the database when it was opened, and what was done; null: nothing was. */
  readonly repair: RepairReport | null
  /** Aborts when the database turns out to be damaged: nothing is taken any more; opened again, it is repaired. */
  readonly damaged: AbortSignal
  readonly log: Log
  /** Not null when this home was brought back from a backup: the last time, by the clocks that did it. */
  readonly restored: Restore | null
  /** See `Database.snapshot`. */
  snapshot(path: string, options: SnapshotOptions): Promise<void>
  /** Is the medium of this packet folder there now? */
  folderReady(at: URL): Promise<boolean>
  /** Opens the listener for calls of other nodes; answers where it is. Ends with the node. */
  takeCalls(at: URL): Promise<URL>
  /** Opens the socket for calls that come in through `posthorn pipe`. Ends with the node. */
  takePipes(): Promise<void>
}

/** @throws OperatingError `no-node`, `bad-config`, `bad-keys`, `home-locked`, or what the stores say. */
export async function openNode(home: Home, log: Log): Promise<Node> {
  const config = await loadConfig(home.config)
  const lock = lockFile(home.lock)
  if (lock === undefined) {
    throw new OperatingError(`Another Posthorn already runs on ${home.path}. Stop it first, or use another --home.`, {
      code: 'home-locked',
      retry: 'later',
      fields: { home: home.path },
    })
  }
  try {
    return await openMended(home, config, lock, log)
  } catch (error) {
    lock.release()
    throw error
  }
}

/** What is damaged may show only when it is used first: it is then repaired, and opened once more. */
async function openMended(home: Home, config: Config, lock: FileLock, log: Log): Promise<Node> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await openLocked(home, config, lock, log)
    } catch (error) {
      // The first time it may be found whole, and only looked damaged: see askedFor.
      if (!(error instanceof OperatingError && error.code === 'database-damaged') || tries === 3) throw error
    }
  }
}

async function openLocked(home: Home, config: Config, lock: FileLock, log: Log): Promise<Node> {
  const suite = nativeSuite()
  const identity = await readKeys(home, suite)
  const basics: Basics = { suite, random: randomBytes, clock: systemClock, log }
  const { random, clock } = basics
  const { database, ...soundness } = await openSoundly(home, identity, basics)
  try {
    const { spool, mailbox, directory, ...others } = await openStores(home, database, { ...basics, config })
    const { incoming, queue, journeys, notices, histories, webAccounts, delivered } = others
    const { name } = config.node
    const domain = nodeDomain(name, identity.id)
    const { packet_bytes_max: packetBytesMax } = config.limits
    const account = await findAccount(config, domain, directory)
    const stores = { spool, mailbox, directory, ...basics }
    const folders = folderTransport({ log, random, clock, limits: { packetBytesMax } })
    const tcp = tcpTransport({ clock, ...proxyOf(config) })
    const dialers = [tcp, pipeDialer({ clock })]
    const office: PostOffice = postOffice({
      ...stores,
      ...{ incoming, identity, journeys },
      ...officeSettings(home, config),
      outside: { gateways: gatewayRules(config), queue, queued: () => outside.arrived() },
      ...peopleSettings({ account, notices, config, directory, route: () => office.route }),
      departed: () => carrier.departed(),
    })
    const outside: Gateways = await openGateways(home, config, { queue, office, domain, ...basics })
    const recorder = historyRecorder({ ...basics, spool, histories })
    const carrier: Courier = courier({
      ...stores,
      ...{ self: identity.id, transports: [folders] },
      limits: { packetBytesMax, inboxBytesMax: config.limits.inbox_bytes_max },
      ...{ settled: office.settled, arrived: office.arrived, met: recorder.met },
      onDuplicate: office.acknowledgeAgain,
      freeBytes: () => freeBytesAt(home.spool),
      wires: {
        ...{ identity, suite, random, dialers },
        rates: ratesOf(config),
        visitors: { magic: pairingMagic, answer: connection => pairing.answer(connection) },
      },
    })
    const pairing: Pairing = await openPairing({
      ...{ directory, identity, suite, random, clock, log, dialers },
      ...introductions({ directory, identity, config, suite }, () => carrier),
    })
    office.start()
    return {
      ...{ home, config, identity, name, domain, suite, spool, mailbox, directory, incoming, queue, journeys, log },
      ...{ notices, histories, recorder, webAccounts, delivered, account, ...soundness },
      ...{ postOffice: office, courier: carrier, gateways: outside, pairing },
      ...{ restored: lastRestore(database) ?? null, snapshot: database.snapshot.bind(database) },
      folderReady: at => folders.ready(at),
      async takeCalls(at) {
        const listener = await tcp.listen(at, { signal: new AbortController().signal })
        carrier.serve(listener)
        return listener.at
      },
      async takePipes() {
        prepareSocketFolder(home)
        carrier.serve(await farEndListener(home.calls, clock))
      },
      stop: () => stopAll([recorder, office, carrier, outside, pairing]).finally(() => closeAll(database, lock)),
    }
  } catch (error) {
    database.close()
    throw error
  }
}

function closeAll(database: Database, lock: FileLock): void {
  database.close()
  lock.release()
}

function introductions(known: Parameters<typeof acquaintByPairing>[0], carrier: () => Courier) {
  return {
    consider: (introduction: Parameters<typeof acquaintByPairing>[1]) => acquaintByPairing(known, introduction),
    changed: () => carrier().refresh(),
    nearby: async () =>
      carrier()
        .nearby()
        .flatMap(({ id, addresses }) => addresses.map(({ url }) => ({ id, url }))),
  }
}

interface Basics {
  readonly suite: Suite
  readonly random: RandomSource
  readonly clock: Clock
  readonly log: Log
}

async function openSoundly(
  home: Home,
  { id: self }: PrivateIdentity,
  { suite, clock, log }: Basics,
): Promise<SoundDatabase> {
  const noPeople = [nodeAccountName]
  const sound = await openSound({ paths: home, self, suite, now: clock.now(), freeBytes: freeBytesAt, noPeople })
  const { repair, falseAlarm } = sound
  if (falseAlarm !== null) {
    log.warn('the database could not be read for a moment, and is whole: look at the disk', { reason: falseAlarm })
  }
  if (repair !== null) log.error('the database was damaged and has been repaired', { ...repair })
  return sound
}

async function openStores(home: Home, database: Database, parts: Basics & { readonly config: Config }) {
  const { suite, random, clock, log, config } = parts
  await mkdir(home.spool, { recursive: true, mode: 0o700 })
  await mkdir(home.mail, { recursive: true, mode: 0o700 })
  const spool = await openSpool({ database, directory: home.spool, suite, random, log })
  const directory = await openDirectory({ database, random })
  const quotaBytesOf = (user: string) => quotaOf(config, directory.users, user).sizeBytesMax
  const mails = await openMailbox({ database, directory: home.mail, random, clock, log, quotaBytesOf })
  const { mailbox, letters: delivered } = countingDeliveries(mails)
  const incoming = openIncoming({ database, suite, log, freeBytes: freeBytesAt })
  const queue = await openQueue({ database, directory: home.queue, random, log })
  const notices = openNotices({ database })
  const histories = openHistories({ database })
  const others = { delivered, journeys: openJourneys(database), webAccounts: openWebAccounts({ database }) }
  return { spool, mailbox, directory, incoming, queue, notices, histories, ...others }
}

function officeSettings(home: Home, config: Config) {
  const { node, limits, relay } = config
  return {
    ...{ name: node.name, domains: node.domains, incomingFolder: home.incoming },
    plusAddresses: config.mail.plus_addresses,
    ...{ messageBytesMax: limits.message_bytes_max, packetBytesMax: limits.packet_bytes_max },
    custodyBytesMax: limits.custody_bytes_max,
    relay: { from: relay.from, to: relay.to, bytesMax: relay.bytes_max, tellsPassing: relay.tells_passing },
    ...{ waiting: waitingPolicy(config), tracks: config.journeys.keep_days > 0 },
    ...programsOf(home, config),
  }
}

async function openGateways(
  home: Home,
  config: Config,
  { office, domain, ...parts }: Basics & { queue: QueueStore; office: PostOffice; domain: string },
): Promise<Gateways> {
  return gateways({
    ...parts,
    ...waitingPolicy(config),
    ...{ name: config.node.domains[0] ?? domain, directory: join(home.queue, 'programs') },
    gateways: await configuredGateways(home, config),
    report: reporting(office),
  })
}

function waitingPolicy({ mail }: Config) {
  const { warn_after_days: warnAfterDays, return_after_days: returnAfterDays, lifetime_days: lifetimeDays } = mail
  return { warnAfterDays, returnAfterDays, lifetimeDays }
}

function ratesOf({ limits }: Config) {
  return { rxBytesPerSecond: limits.rx_bytes_per_second, txBytesPerSecond: limits.tx_bytes_per_second }
}

function proxyOf({ tcp: { socks5, socks5_for: calls } }: Config): Pick<TcpOptions, 'proxy'> {
  return socks5 === undefined ? {} : { proxy: { at: socksProxy(socks5), all: calls === 'all' } }
}

/** What others than the administrator may still write there. */
export async function freeBytesAt(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path)
  return bavail * bsize
}
