/** Every method of the API that this node answers, and the files beside them: the one table, put together here. */
import type { Clock } from '../../base/clock.ts'
import type { Service } from '../../base/lifecycle.ts'
import type { ChatServer } from '../../services/chat-server/index.ts'
import type { FileAreas, Handlers, WebTools } from '../../services/web-server/index.ts'
import type { ServedNode } from '../served.ts'
import { accessHandlers } from './access.ts'
import { backups } from './backup.ts'
import { webJourneys } from './journeys/index.ts'
import { networkHandlers, startNetworkNews } from './network/index.ts'
import { peopleHandlers } from './people.ts'
import { sessionHandlers } from './sessions.ts'
import { settingsHandlers } from './settings.ts'

export interface HandlerParts {
  readonly node: ServedNode
  readonly tools: WebTools
  readonly chat: ChatServer
  /** Whether there is an engine for chats. */
  readonly hasChat: boolean
  readonly version: string
  readonly clock: Clock
}

export interface Answering {
  readonly handlers: Partial<Handlers>
  readonly files: FileAreas
  /** What tells open pages of news by itself. */
  readonly services: readonly Service[]
}

export function answering({ node, tools, chat, hasChat, version, clock }: HandlerParts): Answering {
  const { publish, signedOut } = tools
  const access = accessHandlers(node, clock)
  const backup = backups(node, clock)
  const journeys = webJourneys({ node, chat, publish, clock, addressOf: user => `${user}@${node.domain}` })
  return {
    handlers: {
      ...sessionHandlers({ node, version, hasChat, signedOut, now: () => clock.now() }),
      ...chat.handlers,
      ...journeys.handlers,
      ...networkHandlers(node),
      ...peopleHandlers(node),
      ...access.handlers,
      ...settingsHandlers(node),
      ...backup.handlers,
    },
    files: { ...chat.files, profiles: access.findProfile, backups: { once: backup.find } },
    services: [journeys, startNetworkNews({ node, publish, clock })],
  }
}
