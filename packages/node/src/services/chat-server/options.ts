import type { MethodName } from '@posthorn/api'
import type { RandomSource } from '@posthorn/nncp'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { AppPasswords } from '../../stores/directory/index.ts'
import type { WebAccounts } from '../../stores/web-accounts/index.ts'
import type { ChatEngine } from '../chat-engine/index.ts'
import type { Publish, Uploads } from '../web-server/handlers.ts'

/** The methods of this area. */
export type ChatMethod = Extract<
  MethodName,
  `${'chats' | 'invites' | 'messages' | 'drafts' | 'contacts' | 'profile'}.${string}`
>

/** Those that reach from one person's account to another's. */
export type HereMethod = 'contacts.here' | 'contacts.meet'

/** Those by which a profile is handed to a second device. */
export type DeviceMethod = Extract<MethodName, `second-device.${string}`>

export interface ChatServerOptions {
  readonly engine: ChatEngine
  readonly accounts: WebAccounts
  readonly appPasswords: Pick<AppPasswords, 'add' | 'remove' | 'verify'>
  readonly addressOf: (user: string) => string
  /** Where the mail server listens on this machine, without TLS. */
  readonly ports: () => { readonly imapPort: number; readonly smtpPort: number }
  /** Where others in the network reach the mail server, under TLS; null: they do not. */
  readonly network: () => Promise<{
    readonly lanHost: string
    readonly imapPort: number
    readonly smtpPort: number
  } | null>
  readonly publish: Publish
  readonly uploads: Uploads
  readonly random: RandomSource
  readonly clock: Clock
  readonly log: Log
}

/** By this label a person finds the password of their web account among those of their apps. */
export const webChatLabel = 'web chat'
