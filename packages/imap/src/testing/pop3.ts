/** For tests only: conversations with the POP3 server, of which alice with password `pw` is the only user. */
import type { MailAccount } from '../mailbox.ts'
import { type Pop3Connection, pop3Connection } from '../pop3/connection.ts'
import type { Pop3Event, Pop3ServerOptions } from '../pop3/types.ts'
import { TEST_NOW, testAccount } from './conversation.ts'
import { WireClient } from './wire.ts'

export interface Pop3TestServer {
  readonly account?: MailAccount
  readonly options?: Partial<Pop3ServerOptions>
}

export class Pop3Client extends WireClient<Pop3Connection> {
  readonly events: Pop3Event[]

  constructor({ account = testAccount(), options = {} }: Pop3TestServer = {}) {
    const events: Pop3Event[] = []
    super(
      pop3Connection({
        async authenticate(username, password) {
          const right = username === account.address && password === 'pw'
          return right ? account : { refused: 'credentials', text: 'Wrong name or password' }
        },
        plaintextLogin: true,
        secure: false,
        starttls: false,
        now: () => TEST_NOW,
        serverName: 'camp.alt',
        onEvent: event => events.push(event),
        ...options,
      }),
    )
    this.events = events
  }

  /** Sends a command and answers the first line of its answer. */
  async ask(line: string): Promise<string> {
    await this.send(`${line}\r\n`)
    return this.line()
  }

  /** As `ask`, for a multi-line answer: its lines as they came, with the last dot. */
  async lines(line: string): Promise<string[]> {
    const lines = [await this.ask(line)]
    while (lines[0]?.startsWith('+OK') && lines.at(-1) !== '.') lines.push(await this.line())
    return lines
  }
}

/** A logged-in client. */
export async function pop3LoggedIn(server: Pop3TestServer = {}): Promise<Pop3Client> {
  const client = new Pop3Client(server)
  await client.line()
  await client.ask('USER alice@camp.alt')
  const answer = await client.ask('PASS pw')
  if (!answer.startsWith('+OK')) throw new Error(answer)
  return client
}
