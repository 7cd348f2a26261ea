/**
 * What a client wants to hear of without asking (RFC 5465), and what it has heard.
 *
 * Changes are not queued: a hint makes the state be compared with what was told last. So a client that reads slowly
 * costs nothing, and is told less often, of the same.
 */
import { tellNewMessages } from '../commands/fetch.ts'
import { listLine } from '../commands/list-line.ts'
import type { NotifyEvent, NotifyFilter, NotifyGroup } from '../grammar/notify.ts'
import type { AccountChange, FolderInfo, FolderStatus } from '../mailbox.ts'
import { Bell } from './bell.ts'
import { AssertionError, SessionEnded, StreamBroken } from './faults.ts'
import type { Session } from './session.ts'

interface Known {
  readonly subscribed: boolean
  readonly status: FolderStatus
}

function covers(filter: NotifyFilter, name: string, subscribed: boolean): boolean {
  switch (filter.kind) {
    case 'personal':
      return true
    case 'inboxes':
      return name === 'INBOX'
    case 'subscribed':
      return subscribed
    case 'subtree':
      return filter.names.some(top => name === top || name.startsWith(`${top}/`))
    case 'mailboxes':
      return filter.names.includes(name)
    default:
      return false
  }
}

export class Notices {
  readonly #session: Session
  #groups: readonly NotifyGroup[] | undefined
  readonly #known = new Map<string, Known>()
  readonly #changed = new Set<string>()
  #foldersChanged = false
  #stop: (() => void) | undefined
  /** Rings when there may be something to tell. */
  readonly bell = new Bell()

  constructor(session: Session) {
    this.#session = session
  }

  /** Has the client said what it wants to hear of? */
  get active(): boolean {
    return this.#groups !== undefined
  }

  /** Of the selected folder. */
  get #selected(): NotifyGroup | undefined {
    return this.#groups?.find(({ filter }) => filter.kind === 'selected' || filter.kind === 'selected-delayed')
  }

  /**
   * Replaces what was wanted; undefined = nothing. Answers false, and nothing is wanted any more, when there are too
   * many folders to keep an eye on.
   */
  async set(groups: readonly NotifyGroup[] | undefined, tellStatus: boolean): Promise<boolean> {
    this.close()
    this.#groups = groups ?? []
    if (this.#groups.length === 0) return true
    this.#stop = this.#session.account.onChange(change => this.#hint(change))
    const folders = await this.#session.account.folders()
    if (folders.length > this.#session.limits.notifyFoldersMax) {
      await this.set(undefined, false)
      return false
    }
    for (const { name, subscribed } of folders) {
      const status = await this.#session.account.status(name)
      if ('refused' in status) continue
      this.#known.set(name, { subscribed, status })
      const events = this.#eventsOf(name, subscribed)
      if (tellStatus && events.has('MessageNew') && !this.#isSelected(name)) this.#tellStatus(status, events)
    }
    return true
  }

  close(): void {
    this.#stop?.()
    this.#stop = undefined
    this.#known.clear()
    this.#changed.clear()
    this.#foldersChanged = false
    this.#groups = undefined
  }

  #hint(change: AccountChange): void {
    if (change === 'folders') this.#foldersChanged = true
    else this.#changed.add(change.folder)
    this.bell.ring()
  }

  #isSelected(name: string): boolean {
    return this.#session.state === 'selected' && this.#session.view.folder.name === name
  }

  #eventsOf(name: string, subscribed: boolean): Set<NotifyEvent> {
    const groups = this.#groups?.filter(({ filter }) => covers(filter, name, subscribed)) ?? []
    return new Set(groups.flatMap(({ events }) => [...events]))
  }

  /**
   * Tells what is to be told now. `inCommand`: an IDLE is running, in which numbers may shift.
   *
   * @throws SessionEnded, StreamBroken, AssertionError when the connection must end.
   */
  async tell(inCommand: boolean): Promise<void> {
    try {
      if (this.#foldersChanged) await this.#tellFolders()
      await this.#tellOthers()
      await this.#tellSelected(inCommand)
    } catch (error) {
      if ([SessionEnded, StreamBroken, AssertionError].some(kind => error instanceof kind)) throw error
      this.#session.event({ kind: 'error', error })
    }
    await this.#session.responder.sent()
  }

  async #tellSelected(inCommand: boolean): Promise<void> {
    const group = this.#selected
    if (group === undefined || !group.events.has('MessageNew') || this.#session.state !== 'selected') return
    await this.#session.view.refresh()
    await this.#session.report(inCommand || group.filter.kind === 'selected', group.events.has('FlagChange'))
  }

  /** Fetches what the client wants to know of each new message of the selected folder. */
  async tellNew(uids: readonly number[]): Promise<void> {
    const items = this.#selected?.items ?? []
    if (items.length > 0) await tellNewMessages(this.#session, uids, items)
  }

  async #tellOthers(): Promise<void> {
    const names = [...this.#changed]
    this.#changed.clear()
    for (const name of names) {
      const before = this.#known.get(name)
      if (before === undefined) continue
      const status = await this.#session.account.status(name)
      if ('refused' in status) continue
      this.#known.set(name, { ...before, status })
      const events = this.#eventsOf(name, before.subscribed)
      const { messages, uidNext, highestModseq } = before.status
      const counts = status.messages !== messages || status.uidNext !== uidNext
      const flags = status.highestModseq !== highestModseq && events.has('FlagChange')
      if (!this.#isSelected(name) && events.has('MessageNew') && (counts || flags)) this.#tellStatus(status, events)
    }
  }

  #tellStatus(status: FolderStatus, events: ReadonlySet<NotifyEvent>): void {
    const { name, messages, uidNext, uidValidity, unseen, highestModseq } = status
    const items = [`MESSAGES ${messages}`, `UIDNEXT ${uidNext}`, `UIDVALIDITY ${uidValidity}`]
    if (events.has('FlagChange')) items.push(`UNSEEN ${unseen}`)
    if (this.#session.enabled.has('CONDSTORE')) items.push(`HIGHESTMODSEQ ${highestModseq}`)
    this.#session.responder.untagged(`STATUS ${this.#session.nameText(name)} (${items.join(' ')})`)
  }

  /** Folders that came, went or got another name, and subscriptions. */
  async #tellFolders(): Promise<void> {
    this.#foldersChanged = false
    const { account, limits, responder } = this.#session
    const folders = await account.folders()
    if (folders.length > limits.notifyFoldersMax) {
      await this.set(undefined, false)
      responder.status('*', 'OK', 'NOTIFICATIONOVERFLOW', 'There are too many folders to keep an eye on')
      return
    }
    const before = new Map(this.#known)
    const names = new Set(folders.map(({ name }) => name))
    const gone = new Map(
      [...before].filter(([name]) => !names.has(name)).map(([name, { status }]) => [status.uidValidity, name]),
    )
    for (const name of gone.values()) this.#known.delete(name)
    for (const folder of folders) {
      const known = before.get(folder.name)
      const status = known?.status ?? (await account.status(folder.name))
      if ('refused' in status) continue
      this.#known.set(folder.name, { subscribed: folder.subscribed, status })
      const oldName = known === undefined ? gone.get(status.uidValidity) : undefined
      gone.delete(status.uidValidity)
      if (known === undefined) this.#tellName(folders, folder.name, oldName)
      else if (known.subscribed !== folder.subscribed) this.#tellSubscription(folders, folder)
    }
    for (const name of gone.values()) this.#tellName(folders, name, undefined)
  }

  #tellName(folders: readonly FolderInfo[], name: string, oldName: string | undefined): void {
    const subscribed = folders.find(each => each.name === name)?.subscribed ?? false
    const wants = (one: string) => this.#eventsOf(one, subscribed).has('MailboxName')
    // RFC 5465 section 5.4: below a folder that got another name, nothing is told.
    if (oldName !== undefined && this.#followsParent(folders, name, oldName)) return
    if (wants(name) || (oldName !== undefined && wants(oldName))) {
      this.#session.responder.untagged(listLine(this.#session, folders, name, { oldName }))
    }
  }

  #followsParent(folders: readonly FolderInfo[], name: string, oldName: string): boolean {
    const parent = name.slice(0, Math.max(0, name.lastIndexOf('/')))
    const oldParent = oldName.slice(0, Math.max(0, oldName.lastIndexOf('/')))
    const sameLeaf = name.slice(parent.length) === oldName.slice(oldParent.length)
    return sameLeaf && parent !== '' && oldParent !== parent && folders.some(each => each.name === parent)
  }

  #tellSubscription(folders: readonly FolderInfo[], { name }: FolderInfo): void {
    const events = [...this.#eventsOf(name, true), ...this.#eventsOf(name, false)]
    if (!events.includes('SubscriptionChange')) return
    this.#session.responder.untagged(listLine(this.#session, folders, name, { tellsSubscribed: true }))
  }
}
