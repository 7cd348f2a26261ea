/**
 * For tests only: conversations with the IMAP server. Lines of a script are explained in `wire.ts`.
 */
import { imapConnection } from '../connection.ts'
import { bytesOf } from '../grammar/bytes.ts'
import { type MemoryAccount, memoryAccount } from '../memory/account.ts'
import type { ImapEvent, ImapServerOptions } from '../session/types.ts'
import { inPieces, WireClient, type WireScript } from './wire.ts'

export const TEST_NOW = 1_795_294_625_000

/** A message with CRLF line ends. */
export function letter(subject: string, body = 'Hello', more = ''): Uint8Array {
  const head = `From: Bob <bob@camp.alt>\r\nTo: alice@camp.alt\r\nSubject: ${subject}\r\n${more}`
  return bytesOf(
    `${head}Date: Thu, 19 Nov 2026 01:56:14 +0000\r\nMessage-ID: <${subject}@localhost>\r\n\r\n${body}\r\n`,
  )
}

export function testAccount(
  options: { holding?: boolean; limitBytes?: number; limitMessages?: number } = {},
): MemoryAccount {
  return memoryAccount({ address: 'alice@camp.alt', now: () => TEST_NOW, ...options })
}

interface TestServer {
  readonly account?: MemoryAccount
  readonly options?: Partial<ImapServerOptions>
}

/** User alice with password `pw`; anybody else is refused. Plaintext login is allowed. */
export function testOptions({ account = testAccount(), options = {} }: TestServer = {}): ImapServerOptions {
  return {
    async authenticate(username, password) {
      const right = username === account.address && password === 'pw'
      return right ? account : { refused: 'credentials', text: 'Wrong name or password' }
    },
    plaintextLogin: true,
    secure: false,
    starttls: false,
    now: () => TEST_NOW,
    metadata: entry => (entry === '/shared/comment' ? 'Node camp' : null),
    serverName: 'Posthorn',
    ...options,
  }
}

/** A client that looks at the output line by line. */
export class TestClient extends WireClient {
  readonly events: ImapEvent[]

  constructor(options: ImapServerOptions) {
    const events: ImapEvent[] = []
    const onEvent = (event: ImapEvent) => {
      events.push(event)
      options.onEvent?.(event)
    }
    super(imapConnection({ ...options, onEvent }))
    this.events = events
  }

  /** Sends a command and answers all lines up to its tagged one. */
  async command(line: string): Promise<string[]> {
    const tag = line.split(' ')[0] ?? ''
    await this.send(`${line}\r\n`)
    const lines: string[] = []
    for (;;) {
      const next = await this.line()
      lines.push(next)
      if (next.startsWith(`${tag} `) || next === '<close>') return lines
    }
  }
}

/** A logged-in client, past the greeting. */
export async function loggedIn(server: TestServer = {}): Promise<TestClient> {
  const client = new TestClient(testOptions(server))
  await client.line()
  await client.command('L1 LOGIN alice@camp.alt pw')
  return client
}

export interface Script extends TestServer {
  readonly actions?: WireScript<TestClient>['actions']
}

/** Runs the script whole, byte by byte and at random cuts; each time on a new server. */
export function converseInPieces(script: string, server: () => Script): Promise<void> {
  return inPieces(script, () => {
    const { actions = {}, ...rest } = server()
    return { client: new TestClient(testOptions(rest)), actions }
  })
}
