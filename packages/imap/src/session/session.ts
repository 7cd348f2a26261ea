/** The state of one connection, which its commands share. */
import type { Input } from '../grammar/input.ts'
import { mailboxText } from '../grammar/names.ts'
import type { ImapLimits } from '../limits.ts'
import type { MailAccount } from '../mailbox.ts'
import type { Responder } from '../respond/responder.ts'
import { type ClientKind, capabilitiesFor } from './capabilities.ts'
import { assert } from './faults.ts'
import { Notices } from './notices.ts'
import type { ImapEvent, ImapServerOptions, ImapState } from './types.ts'
import type { SelectedView } from './view.ts'

export type Enabled = 'CONDSTORE' | 'QRESYNC' | 'IMAP4REV2' | 'UTF8=ACCEPT'

export class Session {
  readonly options: ImapServerOptions
  readonly limits: ImapLimits
  readonly input: Input
  readonly responder: Responder
  secure: boolean
  /** The name the client gave in ID; empty when it gave none. */
  clientName: string | undefined
  /** COMPRESS is on. */
  compressed = false
  /** Has it asked what there is before it logged in, or logged in by AUTHENTICATE? No Delta Chat ever did. */
  looksFirst = false
  loginFailures = 0
  /** What the client has switched on, as ENABLE names it. Never switched off. */
  readonly enabled = new Set<Enabled>()
  /** What it wants to hear of without asking (RFC 5465). */
  readonly notices = new Notices(this)
  /** Of the command that runs. */
  tag = ''
  #account: MailAccount | undefined
  #view: SelectedView | undefined
  #heldReleased = false
  #furnished = false

  constructor(options: ImapServerOptions, limits: ImapLimits, input: Input, responder: Responder) {
    this.options = options
    this.limits = limits
    this.input = input
    this.responder = responder
    this.secure = options.secure
  }

  get state(): Exclude<ImapState, 'logout'> {
    if (this.#view !== undefined) return 'selected'
    return this.#account === undefined ? 'not-authenticated' : 'authenticated'
  }

  /** The logged-in person's mail. Only for commands that need a login. */
  get account(): MailAccount {
    assert(this.#account !== undefined, 'logged in')
    return this.#account
  }

  /** The selected folder. Only for commands that need one. */
  get view(): SelectedView {
    assert(this.#view !== undefined, 'a folder is selected')
    return this.#view
  }

  loggedIn(account: MailAccount): void {
    this.#account = account
  }

  select(view: SelectedView | undefined): void {
    this.#view?.close()
    this.#view = view
  }

  /** Does the client speak IMAP4rev2 (RFC 9051)? */
  get rev2(): boolean {
    return this.enabled.has('IMAP4REV2')
  }

  /** Are mailbox names UTF-8, and not modified UTF-7 (RFC 9051, RFC 6855)? */
  get utf8(): boolean {
    return this.rev2 || this.enabled.has('UTF8=ACCEPT')
  }

  /** A mailbox name as it stands in an answer. */
  nameText(name: string): string {
    return mailboxText(name, this.utf8)
  }

  /**
   * The client has shown that it wants modification sequences (RFC 7162 section 3.1); from now on they are in every
   * FETCH that is not asked for.
   */
  enableCondstore(): void {
    if (this.enabled.has('CONDSTORE')) return
    this.enabled.add('CONDSTORE')
    this.#view?.tellHighest(this.responder)
  }

  /** Tells what is new in the selected folder. @throws SessionEnded, StreamBroken */
  async report(expunges: boolean, flags = true): Promise<void> {
    const modseqs = this.enabled.has('CONDSTORE')
    const how = { expunges, flags, modseqs, vanished: this.enabled.has('QRESYNC') }
    const added = await this.view.report(this.responder, how)
    if (added.length > 0) await this.notices.tellNew(added)
  }

  event(event: ImapEvent): void {
    try {
      this.options.onEvent?.(event)
    } catch {
      // A log that fails must not end the connection.
    }
  }

  /** LOGIN with the password in clear: only where nobody can listen. */
  get loginAllowed(): boolean {
    return this.secure || this.options.plaintextLogin
  }

  /** Only for whom we know: inflating what strangers send costs more than they pay. */
  get mayCompress(): boolean {
    return this.options.compress === true && !this.compressed && this.state !== 'not-authenticated'
  }

  capabilities(): string {
    const { loginAllowed, secure } = this
    const loggedIn = this.state !== 'not-authenticated'
    return capabilitiesFor({
      client: this.#clientKind,
      loggedIn,
      secure,
      loginAllowed,
      starttls: this.options.starttls,
      mayCompress: this.mayCompress,
      appendBytesMax: this.limits.appendBytesMax,
    })
  }

  get #clientKind(): ClientKind {
    if (this.clientName !== undefined) return this.isDeltaChat ? 'delta-chat' : 'other'
    return this.looksFirst ? 'other' : 'delta-chat'
  }

  /** Within long work: lets other connections have their turn. */
  async breathe(): Promise<void> {
    await this.options.breathe?.()
  }

  /** Does the client load only what comes after its first SELECT, as Delta Chat does? */
  get isDeltaChat(): boolean {
    return this.clientName === 'Delta Chat'
  }

  /** Tells the store that Delta Chat has seen all of INBOX. */
  async seenByChat(): Promise<void> {
    try {
      await this.account.seenByChat?.()
    } catch (error) {
      this.event({ kind: 'error', error })
    }
  }

  /** Makes the folders people expect, for clients that show folders. That it failed does not spoil a LIST. */
  async furnish(): Promise<void> {
    if (this.#furnished || this.isDeltaChat) return
    try {
      await this.account.furnish()
      this.#furnished = true
    } catch (error) {
      this.event({ kind: 'error', error })
    }
  }

  /** Lets mail into INBOX that waited for a client. A store in trouble is reported, and asked again next time. */
  async releaseHeld(): Promise<void> {
    if (this.#heldReleased) return
    try {
      await this.account.releaseHeld()
      this.#heldReleased = true
    } catch (error) {
      this.event({ kind: 'error', error })
    }
  }
}
