/** The chats of people in a browser, put together for this node. */
import { randomBytes } from 'node:crypto'
import { systemClock } from '../../base/clock.ts'
import type { ChatEngine } from '../../services/chat-engine/index.ts'
import { type ChatServer, chatServer } from '../../services/chat-server/index.ts'
import type { WebTools } from '../../services/web-server/index.ts'
import type { Node } from '../assemble.ts'
import type { ServedNode } from '../served.ts'

/** Where the mail server listens on this machine, without TLS. */
export interface MailPorts {
  readonly imapPort: number
  readonly smtpPort: number
}

interface ChatParts {
  readonly engine: ChatEngine
  readonly mailPorts: () => MailPorts
  readonly served: () => Pick<ServedNode, 'reach'>
}

export function webChats(
  { directory, webAccounts, domain, log }: Node,
  { engine, mailPorts, served }: ChatParts,
  { publish, uploads }: WebTools,
): ChatServer {
  return chatServer({
    ...{ engine, publish, uploads, log },
    accounts: webAccounts,
    appPasswords: directory.appPasswords,
    addressOf: user => `${user}@${domain}`,
    ports: mailPorts,
    network: async () => {
      const { ports, lanHost } = await served().reach()
      return lanHost === null ? null : { lanHost, imapPort: ports.imaps, smtpPort: ports.smtps }
    },
    random: randomBytes,
    clock: systemClock,
  })
}
