/** The chats of people in a browser, put together for this node. */
import { randomBytes } from 'node:crypto'
import { systemClock } from '../../base/clock.ts'
import type { ChatEngine } from '../../services/chat-engine/index.ts'
import { type ChatServer, chatServer } from '../../services/chat-server/index.ts'
import type { WebTools } from '../../services/web-server/index.ts'
import type { ServedNode } from '../served.ts'

/** Where the mail server listens on this machine, without TLS. */
export interface MailPorts {
  readonly imapPort: number
  readonly smtpPort: number
}

interface ChatParts {
  readonly engine: ChatEngine
  readonly mailPorts: () => MailPorts
}

export function webChats(
  node: ServedNode,
  { engine, mailPorts }: ChatParts,
  { publish, uploads }: WebTools,
): ChatServer {
  const { directory, webAccounts, domain, log } = node
  return chatServer({
    ...{ engine, publish, uploads, log },
    accounts: webAccounts,
    appPasswords: directory.appPasswords,
    addressOf: user => `${user}@${domain}`,
    ports: mailPorts,
    network: async () => {
      const { ports, lanHost } = await node.reach()
      return lanHost === null ? null : { lanHost, imapPort: ports.imaps, smtpPort: ports.smtps }
    },
    random: randomBytes,
    clock: systemClock,
  })
}
