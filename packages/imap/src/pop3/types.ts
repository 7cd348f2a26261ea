/** What the host gives to a connection, and what it hears of it. */
import type { MailAccount } from '../mailbox.ts'
import type { LoginRefusal } from '../session/types.ts'
import type { Pop3Limits } from './limits.ts'

/** RFC 1939 sections 4 and 5; the UPDATE state is part of QUIT. */
export type Pop3State = 'authorization' | 'transaction' | 'logout'

/** For logs. Never holds a password, a name somebody claimed, or the content of a message. */
export type Pop3Event =
  | { readonly kind: 'login'; readonly address: string }
  | { readonly kind: 'login-failed'; readonly reason: LoginRefusal['refused'] }
  /** QUIT has removed so many letters, for good. */
  | { readonly kind: 'removed'; readonly address: string; readonly letters: number }
  | { readonly kind: 'limit'; readonly limit: string }
  | { readonly kind: 'error'; readonly error: unknown }

export interface Pop3ServerOptions {
  /** A rejected promise counts as `unavailable`. */
  authenticate(username: string, password: string): Promise<MailAccount | LoginRefusal>
  /** May a client log in before TLS? True on loopback. */
  readonly plaintextLogin: boolean
  /** Already under TLS. */
  readonly secure: boolean
  /** Offer STLS. */
  readonly starttls: boolean
  /** Milliseconds since 1970. */
  now(): number
  /**
   * Days after which the host itself may remove letters (EXPIRE, RFC 2449 section 6.7); null = never; absent: not told.
   */
  readonly expireDays?: number | null
  readonly limits?: Partial<Pop3Limits>
  /** Shown in the greeting. */
  readonly serverName: string
  onEvent?(event: Pop3Event): void
}
