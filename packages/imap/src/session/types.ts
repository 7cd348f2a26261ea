/** What the host gives to a connection, and what it hears of it. */
import type { ImapLimits } from '../limits.ts'
import type { MailAccount } from '../mailbox.ts'

export type ImapState = 'not-authenticated' | 'authenticated' | 'selected' | 'logout'

/** For logs. Never holds a password or the content of a message. */
export type ImapEvent =
  | { readonly kind: 'login'; readonly address: string }
  | { readonly kind: 'login-failed'; readonly username: string; readonly reason: LoginRefusal['refused'] }
  | { readonly kind: 'limit'; readonly limit: keyof ImapLimits }
  | { readonly kind: 'error'; readonly error: unknown }

export interface LoginRefusal {
  readonly refused: 'credentials' | 'throttled' | 'unavailable'
  /** For people; the client shows it. */
  readonly text: string
}

export interface ImapServerOptions {
  /** A rejected promise counts as `unavailable`. */
  authenticate(username: string, password: string): Promise<MailAccount | LoginRefusal>
  /** May a client log in before TLS? True on loopback. */
  readonly plaintextLogin: boolean
  /** Already under TLS. */
  readonly secure: boolean
  /** Offer STARTTLS. */
  readonly starttls: boolean
  /** Offer COMPRESS=DEFLATE after login: the host has a codec, and the line is slow enough for it to help. */
  readonly compress?: boolean
  /** Milliseconds since 1970. */
  now(): number
  /** Server annotations (RFC 5464): `/shared/comment`, `/shared/admin`; null for what there is not. */
  metadata(entry: string): string | null
  readonly limits?: Partial<ImapLimits>
  /** Shown in the greeting and in ID. */
  readonly serverName: string
  /** Resolves when others have had their turn (`setImmediate`): long searches call it now and then. */
  breathe?(): Promise<void>
  onEvent?(event: ImapEvent): void
}
