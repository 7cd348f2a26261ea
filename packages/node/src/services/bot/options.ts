import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { NoticeStore } from '../../stores/notices/index.ts'
import type { ChatEngine, EngineLogin } from '../chat-engine/index.ts'
import type { LetterState } from './words.ts'

export interface BotOptions {
  readonly engine: ChatEngine
  readonly notices: NoticeStore
  readonly nodeName: string
  /** How the engine logs in here, now. */
  readonly login: () => EngineLogin
  /** Who lives here and has this address. */
  readonly userOf: (address: string) => Promise<string | undefined>
  readonly wantsNotices: (user: string) => boolean
  readonly setNotices: (user: string, wanted: boolean) => Promise<unknown>
  /** What is known of the user's last letters, the latest first; of those to an address or a name, if that is asked. */
  readonly lettersOf: (user: string, asked: { to?: string; limit: number }) => Promise<readonly LetterState[]>
  readonly mail: {
    /** Whether letters lie in the account's mailbox that the engine may not have seen. */
    waits(): Promise<boolean>
    /** Clears away what the engine has seen and left. Called when it is about to rest. */
    tidy(): Promise<void>
  }
  readonly clock: Clock
  readonly log: Log
}
