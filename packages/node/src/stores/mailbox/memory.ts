/** The mailbox in memory: the twin that simulations and tests live in. It loses all when the process ends. */
import type { AccountChange, AppendMessage, FolderInfo, MailAccount, Quota, Refusal, SpecialUse } from '@posthorn/imap'
import { present } from '../../base/assert.ts'
import type { Clock } from '../../base/clock.ts'
import { OperatingError } from '../../base/errors.ts'
import { MemoryCalendar } from '../database/memory-calendar.ts'
import type { JourneyNotes } from '../journeys/journeys.ts'
import { annotationsRefusal, missingFolders, specialUseEntry, usesOf } from './annotations.ts'
import { alone } from './append.ts'
import { arrivalOf } from './arrivals.ts'
import { headerOf, isChatMail } from './chat-mail.ts'
import { hasRoom } from './deliver.ts'
import { deliveryKey, messageIdKey, secondsOf } from './file-name.ts'
import { cleanFlags } from './flags.ts'
import { folderNameFault, inboxName } from './folder-name.ts'
import { letterBytes } from './letter-bytes.ts'
import { mailboxLimits } from './limits.ts'
import type { Delivery, MailboxStore, MailImporter } from './mailbox.ts'
import { MemoryFetched } from './memory-fetched.ts'
import { MemoryFolder, openMemoryFolder } from './memory-folder.ts'
import { type QuotaBytesOf, quotaOf, roomRefusal } from './quota.ts'
import { alreadyExists, nonexistent, notAllowed } from './refusals.ts'

interface Letter {
  readonly bytes: Uint8Array
  readonly flags: readonly string[]
  readonly internalDate: number
}

interface HeldLetter extends Letter {
  /** The day on which it came, of a chat message. */
  readonly chatDay: number | null
}

class MemoryUser {
  readonly name: string
  readonly folders = new Map<string, MemoryFolder>()
  readonly subscribed = new Set([inboxName])
  readonly listeners = new Set<(change: AccountChange) => void>()
  /** The day of the calendar, by the hash of a delivery. */
  readonly deliveries = new Map<string, number>()
  /** Of the account itself. */
  readonly annotations = new Map<string, Uint8Array>()
  held: HeldLetter[] = []
  ready = false
  furnished = false
  /** The day on which Delta Chat was last seen. */
  chatDay: number | null = null
  #uidValidity = 0

  constructor(name: string, now: number) {
    this.name = name
    this.addFolder(inboxName, now)
  }

  addFolder(name: string, now: number): void {
    this.#uidValidity = Math.max(this.#uidValidity + 1, Math.floor(now / 1000))
    this.folders.set(name, new MemoryFolder(name, this.#uidValidity, folder => this.notify({ folder })))
    this.notify('folders')
  }

  leap(): void {
    for (const folder of this.folders.values()) folder.leap()
    this.#uidValidity += mailboxLimits.leapUidValidities
  }

  notify(change: AccountChange): void {
    for (const listener of [...this.listeners]) listener(change)
  }

  infos(): FolderInfo[] {
    const folders = [...this.folders.values()].map(({ name, annotations }) => {
      const value = annotations.get(specialUseEntry)
      return { name, noted: value === undefined ? undefined : Buffer.from(value).toString() }
    })
    const useOf = usesOf(folders)
    const infos = folders.map(folder => {
      return { name: folder.name, subscribed: this.subscribed.has(folder.name), specialUse: useOf(folder) }
    })
    return infos.sort((one, other) => (one.name < other.name ? -1 : 1))
  }

  inbox(): MemoryFolder {
    return present(this.folders.get(inboxName), 'the INBOX of a user')
  }
}

export interface MemoryMailboxOptions {
  readonly clock: Clock
  readonly quotaBytesOf?: QuotaBytesOf
  /** Told of what happens to letters. */
  readonly journeys?: JourneyNotes
}

export function memoryMailbox(options: MemoryMailboxOptions): MailboxStore {
  const { clock, quotaBytesOf = () => null, journeys } = options
  const fetched = new MemoryFetched(clock, journeys)
  const users = new Map<string, MemoryUser>()
  const calendar = new MemoryCalendar()
  const userOf = (name: string): MemoryUser => {
    const user = users.get(name) ?? new MemoryUser(name, clock.now())
    users.set(name, user)
    return user
  }
  return {
    deliver: delivery => deliver(userOf(delivery.user), delivery, { calendar, fetched, journeys }),
    wasDelivered: async (user, deliveryId) => userOf(user).deliveries.has(deliveryKey(deliveryId, user)),
    fetched,
    account: (name, address) =>
      memoryAccount({ userOf: () => userOf(name), address, clock, calendar, fetched, quotaBytesOf }),
    async create(name) {
      userOf(name)
    },
    async remove(name) {
      for (const folder of users.get(name)?.folders.values() ?? []) folder.gone = true
      users.delete(name)
      journeys?.forgetArrivals(name)
      return null
    },
    async expireChat({ daysOf }) {
      let removed = 0
      for (const user of users.values()) {
        const days = daysOf(user.name)
        const until = Math.min(calendar.today - days, (user.chatDay ?? Number.NEGATIVE_INFINITY) - 1)
        if (days > 0) removed += user.inbox().expireChat(until)
      }
      return removed
    },
    rebuild: async () => {},
    async leap(name) {
      userOf(name).leap()
    },
    watch: () => ({ stop: async () => {} }),
    async importer(name, folder) {
      const target = userOf(name).folders.get(folder)
      return target === undefined ? nonexistent(folder) : memoryImporter(target, clock)
    },
    // Notes are made when they are asked for.
    noteLetters: async () => false,
    onChange: () => () => {},
    async prune(now) {
      const oldest = calendar.turn(now)
      for (const { deliveries } of users.values()) {
        for (const [hash, day] of deliveries) if (day < oldest) deliveries.delete(hash)
      }
    },
  }
}

async function deliver(
  user: MemoryUser,
  delivery: Delivery,
  {
    calendar,
    fetched,
    journeys,
  }: { calendar: MemoryCalendar; fetched: MemoryFetched; journeys?: JourneyNotes | undefined },
): Promise<'delivered' | 'held' | 'duplicate' | 'full'> {
  const { deliveryId, messageId, body, returnPath, at, quota, traced } = delivery
  const bytes = await bytesOf(letterBytes(body.read(), returnPath))
  const hashes = [deliveryKey(deliveryId, user.name)]
  if (messageId !== null) hashes.push(messageIdKey(messageId, user.name))
  if (hashes.some(hash => user.deliveries.has(hash))) return 'duplicate'
  if (quota !== undefined && !hasRoom(quota, usageOf(user), body.sizeBytes)) return 'full'
  for (const hash of hashes) user.deliveries.set(hash, calendar.today)
  const chatDay = isChatMail(await headerOf(body.read())) ? calendar.today : null
  const letter = { bytes, flags: [], internalDate: secondsOf(at) * 1000, chatDay }
  if (traced !== undefined) fetched.delivered(bytes, traced, at)
  const arrival = arrivalOf(delivery)
  if (arrival !== undefined) journeys?.noteArrival(arrival)
  if (user.ready) {
    user.inbox().add([letter])
    return 'delivered'
  }
  user.held.push(letter)
  return 'held'
}

function usageOf({ folders, held }: MemoryUser): { sizeBytes: number; messages: number } {
  const all = [
    ...[...folders.values()].map(folder => folder.status()),
    ...held.map(({ bytes }) => ({ sizeBytes: bytes.length, messages: 1 })),
  ]
  const sum = (pick: (one: { sizeBytes: number; messages: number }) => number) =>
    all.reduce((total, one) => total + pick(one), 0)
  return { sizeBytes: sum(one => one.sizeBytes), messages: sum(one => one.messages) }
}

interface AccountParts {
  readonly userOf: () => MemoryUser
  readonly address: string
  readonly clock: Clock
  readonly calendar: MemoryCalendar
  readonly fetched: MemoryFetched
  readonly quotaBytesOf: QuotaBytesOf
}

function memoryAccount({ userOf, address, clock, calendar, fetched, quotaBytesOf }: AccountParts): MailAccount {
  const find = (name: string) => userOf().folders.get(name)
  const quota = (): Quota => {
    const { folders, name } = userOf()
    return quotaOf(
      quotaBytesOf(name),
      [...folders.values()].map(folder => folder.status()),
    )
  }
  const full = (moreBytes: number) => roomRefusal(quota(), moreBytes)
  const about = { full, fetched: (bytes: Uint8Array) => fetched.fetched(bytes) }
  const appendAll: MailAccount['appendAll'] = (name, messages) => append({ find, full, clock }, name, messages)
  return {
    address,
    folders: async () => userOf().infos(),
    status: async name => find(name)?.status() ?? nonexistent(name),
    async open(name) {
      const folder = find(name)
      return folder === undefined ? nonexistent(name) : openMemoryFolder(folder, find, about)
    },
    create: async (name, specialUse = null) => create(userOf(), name, { specialUse, now: clock.now() }),
    furnish: async () => furnish(userOf(), clock.now()),
    async annotations(name) {
      const found = name === '' ? userOf() : find(name)
      return found === undefined ? nonexistent(name) : new Map(found.annotations)
    },
    annotate: async (name, changes) => annotate(userOf(), name, changes),
    async remove(name) {
      if (name === inboxName) return notAllowed('INBOX cannot be removed.')
      const folder = find(name)
      if (folder === undefined) return nonexistent(name)
      folder.gone = true
      userOf().folders.delete(name)
      folder.notify()
      userOf().notify('folders')
      return undefined
    },
    rename: async (from, to) => rename(userOf(), from, to),
    async subscribe(name, subscribed) {
      if (subscribed && find(name) === undefined) return nonexistent(name)
      if (subscribed) userOf().subscribed.add(name)
      else userOf().subscribed.delete(name)
      userOf().notify('folders')
      return undefined
    },
    async append(name, source, options) {
      const result = await appendAll(name, alone({ source, options }))
      if ('refused' in result) return result
      return { uidValidity: result.uidValidity, uid: present(result.uids[0], 'the UID of an appended letter') }
    },
    onChange(listener) {
      const { listeners } = userOf()
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    appendAll,
    quota: async () => quota(),
    async releaseHeld() {
      const user = userOf()
      user.ready = true
      const { today } = calendar
      user
        .inbox()
        .add(user.held.splice(0).map(letter => ({ ...letter, chatDay: letter.chatDay === null ? null : today })))
    },
    async seenByChat() {
      userOf().chatDay = calendar.today
    },
  }
}

function furnish(user: MemoryUser, now: number): void {
  if (user.furnished) return
  user.furnished = true
  for (const name of missingFolders(user.infos())) {
    create(user, name, { specialUse: null, now })
    user.subscribed.add(name)
  }
}

function annotate(
  user: MemoryUser,
  name: string,
  changes: ReadonlyMap<string, Uint8Array | null>,
): Refusal | undefined {
  const target = name === '' ? user : user.folders.get(name)
  if (target === undefined) return nonexistent(name)
  let count = 0
  let sizeBytes = 0
  for (const { annotations } of [user, ...user.folders.values()]) {
    count += annotations.size
    for (const [entry, value] of annotations) sizeBytes += entry.length + value.length
  }
  const refused = annotationsRefusal({ count, sizeBytes }, target.annotations, changes)
  if (refused !== undefined) return refused
  for (const [entry, value] of changes) {
    if (value === null) target.annotations.delete(entry)
    else target.annotations.set(entry, value)
  }
  return undefined
}

function create(
  user: MemoryUser,
  name: string,
  made: { readonly specialUse: SpecialUse | null; readonly now: number },
): Refusal | undefined {
  const fault = folderNameFault(name)
  if (fault !== undefined) return notAllowed(fault)
  if (user.folders.has(name)) return alreadyExists(name)
  if (user.folders.size >= mailboxLimits.folderCountMax) {
    return { refused: 'limit', text: `There can be ${mailboxLimits.folderCountMax} folders at most.` }
  }
  user.addFolder(name, made.now)
  if (made.specialUse === null) return undefined
  return annotate(user, name, new Map([[specialUseEntry, Buffer.from(made.specialUse)]]))
}

function rename(user: MemoryUser, from: string, to: string): Refusal | undefined {
  if (from === inboxName) return notAllowed('INBOX cannot be renamed.')
  if (!user.folders.has(from)) return nonexistent(from)
  if (to.startsWith(`${from}/`)) return notAllowed('A folder cannot move into itself.')
  const moving = [...user.folders.values()].filter(({ name }) => name === from || name.startsWith(`${from}/`))
  const target = (name: string) => to + name.slice(from.length)
  for (const { name } of moving) {
    const fault = folderNameFault(target(name))
    if (fault !== undefined) return notAllowed(fault)
    if (user.folders.has(target(name))) return alreadyExists(target(name))
  }
  for (const folder of moving) {
    user.folders.delete(folder.name)
    folder.name = target(folder.name)
    user.folders.set(folder.name, folder)
  }
  user.notify('folders')
  return undefined
}

async function append(
  parts: {
    readonly find: (name: string) => MemoryFolder | undefined
    readonly full: (moreBytes: number) => Refusal | undefined
    readonly clock: Clock
  },
  name: string,
  messages: AsyncIterable<AppendMessage>,
): Promise<{ uidValidity: number; uids: readonly number[] } | Refusal> {
  const { find, full, clock } = parts
  if (find(name) === undefined) return nonexistent(name)
  const letters: Letter[] = []
  let sizeBytes = 0
  for await (const { source, options } of messages) {
    sizeBytes += options.sizeBytes
    const refused = full(sizeBytes)
    if (refused !== undefined) return refused
    const raw = await bytesOf(source)
    if (raw.length !== options.sizeBytes) {
      const message = 'A message did not have the size that was announced for it.'
      throw new OperatingError(message, { code: 'size-mismatch', retry: 'never' })
    }
    const bytes = await bytesOf(letterBytes([raw], null))
    const internalDate = secondsOf(options.internalDate ?? clock.now()) * 1000
    letters.push({ bytes, flags: cleanFlags(options.flags), internalDate })
  }
  const folder = find(name)
  if (folder === undefined) return nonexistent(name)
  return full(sizeBytes) ?? { uidValidity: folder.uidValidity, uids: folder.add(letters) }
}

/** What is in the folder now answers once for each time that it is there. */
function memoryImporter(folder: MemoryFolder, clock: Clock): MailImporter {
  const contents = folder.contents().map(bytes => Buffer.from(bytes).toString('latin1'))
  return {
    async take(letters) {
      const arriving: HeldLetter[] = []
      const outcomes: ('taken' | 'present')[] = []
      for (const { source, flags, internalDate } of letters) {
        const bytes = await bytesOf(letterBytes(source, null))
        const at = contents.indexOf(Buffer.from(bytes).toString('latin1'))
        if (at !== -1) contents.splice(at, 1)
        else {
          const date = secondsOf(internalDate ?? clock.now()) * 1000
          arriving.push({ bytes, flags: cleanFlags(flags), internalDate: date, chatDay: null })
        }
        outcomes.push(at === -1 ? 'taken' : 'present')
      }
      folder.add(arriving)
      return outcomes
    },
  }
}

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(Uint8Array.from(chunk))
  return Uint8Array.from(Buffer.concat(chunks))
}
