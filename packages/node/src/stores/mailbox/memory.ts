/** The mailbox in memory: the twin that simulations and tests live in. It loses all when the process ends. */
import type { AppendOptions, MailAccount, Refusal } from '@posthorn/imap'
import { present } from '../../base/assert.ts'
import type { Clock } from '../../base/clock.ts'
import { OperatingError } from '../../base/errors.ts'
import { MemoryCalendar } from '../database/memory-calendar.ts'
import { deliveryKey, messageIdKey, secondsOf } from './file-name.ts'
import { cleanFlags } from './flags.ts'
import { folderNameFault, inboxName, specialUseOf } from './folder-name.ts'
import { letterBytes } from './letter-bytes.ts'
import { mailboxLimits } from './limits.ts'
import type { Delivery, MailboxStore } from './mailbox.ts'
import { MemoryFolder, openMemoryFolder } from './memory-folder.ts'
import { alreadyExists, nonexistent, notAllowed } from './refusals.ts'

interface HeldLetter {
  readonly bytes: Uint8Array
  readonly flags: readonly string[]
  readonly internalDate: number
}

class MemoryUser {
  readonly name: string
  readonly folders = new Map<string, MemoryFolder>()
  readonly subscribed = new Set([inboxName])
  /** The day of the calendar, by the hash of a delivery. */
  readonly deliveries = new Map<string, number>()
  held: HeldLetter[] = []
  ready = false
  #uidValidity = 0

  constructor(name: string, now: number) {
    this.name = name
    this.addFolder(inboxName, now)
  }

  addFolder(name: string, now: number): void {
    this.#uidValidity = Math.max(this.#uidValidity + 1, Math.floor(now / 1000))
    this.folders.set(name, new MemoryFolder(name, this.#uidValidity))
  }

  inbox(): MemoryFolder {
    return present(this.folders.get(inboxName), 'the INBOX of a user')
  }
}

export function memoryMailbox(options: { clock: Clock }): MailboxStore {
  const { clock } = options
  const users = new Map<string, MemoryUser>()
  const calendar = new MemoryCalendar()
  const userOf = (name: string): MemoryUser => {
    const user = users.get(name) ?? new MemoryUser(name, clock.now())
    users.set(name, user)
    return user
  }
  return {
    deliver: delivery => deliver(userOf(delivery.user), delivery, calendar),
    account: (name, address) => memoryAccount(() => userOf(name), address, clock),
    async create(name) {
      userOf(name)
    },
    async remove(name) {
      for (const folder of users.get(name)?.folders.values() ?? []) folder.gone = true
      users.delete(name)
    },
    rebuild: async () => {},
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
  calendar: MemoryCalendar,
): Promise<'delivered' | 'held' | 'duplicate'> {
  const { deliveryId, messageId, body, returnPath, at } = delivery
  const bytes = await bytesOf(letterBytes(body.read(), returnPath))
  const hashes = [deliveryKey(deliveryId, user.name)]
  if (messageId !== null) hashes.push(messageIdKey(messageId, user.name))
  if (hashes.some(hash => user.deliveries.has(hash))) return 'duplicate'
  for (const hash of hashes) user.deliveries.set(hash, calendar.today)
  const letter = { bytes, flags: [], internalDate: secondsOf(at) * 1000 }
  if (user.ready) {
    user.inbox().add([letter])
    return 'delivered'
  }
  user.held.push(letter)
  return 'held'
}

function memoryAccount(userOf: () => MemoryUser, address: string, clock: Clock): MailAccount {
  const find = (name: string) => userOf().folders.get(name)
  return {
    address,
    async folders() {
      const { folders, subscribed } = userOf()
      return [...folders.keys()].sort().map(name => {
        return { name, subscribed: subscribed.has(name), specialUse: specialUseOf(name) }
      })
    },
    status: async name => find(name)?.status() ?? nonexistent(name),
    async open(name) {
      const folder = find(name)
      return folder === undefined ? nonexistent(name) : openMemoryFolder(folder, find)
    },
    create: async name => create(userOf(), name, clock.now()),
    async remove(name) {
      if (name === inboxName) return notAllowed('INBOX cannot be removed.')
      const folder = find(name)
      if (folder === undefined) return nonexistent(name)
      folder.gone = true
      userOf().folders.delete(name)
      folder.notify()
      return undefined
    },
    rename: async (from, to) => rename(userOf(), from, to),
    async subscribe(name, subscribed) {
      if (subscribed && find(name) === undefined) return nonexistent(name)
      if (subscribed) userOf().subscribed.add(name)
      else userOf().subscribed.delete(name)
      return undefined
    },
    append: (name, source, options) => append(find, clock, { name, source, options }),
    async quota() {
      const sizes = [...userOf().folders.values()].map(folder => folder.status().sizeBytes)
      return { usedBytes: sizes.reduce((sum, size) => sum + size, 0), limitBytes: null }
    },
    async releaseHeld() {
      const user = userOf()
      user.ready = true
      user.inbox().add(user.held.splice(0))
    },
  }
}

function create(user: MemoryUser, name: string, now: number): Refusal | undefined {
  const fault = folderNameFault(name)
  if (fault !== undefined) return notAllowed(fault)
  if (user.folders.has(name)) return alreadyExists(name)
  if (user.folders.size >= mailboxLimits.folderCountMax) {
    return { refused: 'limit', text: `There can be ${mailboxLimits.folderCountMax} folders at most.` }
  }
  user.addFolder(name, now)
  return undefined
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
  return undefined
}

async function append(
  find: (name: string) => MemoryFolder | undefined,
  clock: Clock,
  letter: { name: string; source: AsyncIterable<Uint8Array>; options: AppendOptions },
): Promise<{ uidValidity: number; uid: number } | Refusal> {
  const { name, source, options } = letter
  if (find(name) === undefined) return nonexistent(name)
  const raw = await bytesOf(source)
  if (raw.length !== options.sizeBytes) {
    const message = 'A message did not have the size that was announced for it.'
    throw new OperatingError(message, { code: 'size-mismatch', retry: 'never' })
  }
  const bytes = await bytesOf(letterBytes([raw], null))
  const folder = find(name)
  if (folder === undefined) return nonexistent(name)
  const internalDate = secondsOf(options.internalDate ?? clock.now()) * 1000
  const [uid] = folder.add([{ bytes, flags: cleanFlags(options.flags), internalDate }])
  return { uidValidity: folder.uidValidity, uid: present(uid, 'the UID of an appended letter') }
}

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(Uint8Array.from(chunk))
  return Uint8Array.from(Buffer.concat(chunks))
}
