/** The state of one connection, which its commands share. */
import type { Input } from '../grammar/input.ts'
import type { ImapLimits } from '../limits.ts'
import type { MailAccount } from '../mailbox.ts'
import type { Responder } from '../respond/responder.ts'
import { assert } from './faults.ts'
import type { ImapEvent, ImapServerOptions, ImapState } from './types.ts'
import type { SelectedView } from './view.ts'

const offered = [
  ...[
    'IMAP4rev1',
    'IDLE',
    'ID',
    'QUOTA',
    'QUOTA=RES-STORAGE',
    'QUOTA=RES-MESSAGE',
    'METADATA',
    'XCHATMAIL',
    'LITERAL+',
  ],
  ...['UIDPLUS', 'MOVE', 'UNSELECT', 'NAMESPACE', 'SASL-IR', 'CHILDREN', 'LIST-EXTENDED', 'LIST-STATUS'],
  ...['LIST-METADATA', 'SPECIAL-USE', 'CREATE-SPECIAL-USE', 'STATUS=SIZE', 'BINARY', 'MULTIAPPEND'],
]

export class Session {
  readonly options: ImapServerOptions
  readonly limits: ImapLimits
  readonly input: Input
  readonly responder: Responder
  secure: boolean
  /** The name the client gave in ID. */
  clientName: string | undefined
  /** COMPRESS is on. */
  compressed = false
  loginFailures = 0
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
    const words = [...offered, `APPENDLIMIT=${this.limits.appendBytesMax}`]
    if (this.loginAllowed) words.push('AUTH=PLAIN')
    if (this.mayCompress) words.push('COMPRESS=DEFLATE')
    if (this.state === 'not-authenticated') {
      if (this.options.starttls && !this.secure) words.push('STARTTLS')
      if (!this.loginAllowed) words.push('LOGINDISABLED')
    }
    return words.join(' ')
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
