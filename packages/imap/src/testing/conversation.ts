/**
 * For tests only: runs a written conversation against a connection, as the tests of maddy do.
 *
 * Lines of a script: `C: ` the client sends this line with CRLF, `S: ` the server must send this line (`…` stands for
 * anything), `!: name` does `actions[name]`, `S: <close>` and `S: <starttls>` are those outputs. What the client sends
 * between two server lines is fed whole, byte by byte, or cut at random, and must give the same answers.
 */
import { type ImapConnection, imapConnection } from '../connection.ts'
import { binaryOf, bytesOf } from '../grammar/bytes.ts'
import { type MemoryAccount, memoryAccount } from '../memory/account.ts'
import type { ImapOutput } from '../respond/output.ts'
import type { ImapEvent, ImapServerOptions } from '../session/types.ts'

export const TEST_NOW = 1_795_294_625_000

/** A message with CRLF line ends. */
export function letter(subject: string, body = 'Hello', more = ''): Uint8Array {
  const head = `From: Bob <bob@camp.alt>\r\nTo: alice@camp.alt\r\nSubject: ${subject}\r\n${more}`
  return bytesOf(
    `${head}Date: Thu, 19 Nov 2026 01:56:14 +0000\r\nMessage-ID: <${subject}@localhost>\r\n\r\n${body}\r\n`,
  )
}

export function testAccount(options: { holding?: boolean; limitBytes?: number } = {}): MemoryAccount {
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

const TURNS_MAX = 200

/** One turn of the event loop: everything in memory has had its say after a few. */
function turn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve)
  })
}

/** A client that looks at the output line by line. */
export class TestClient {
  readonly connection: ImapConnection
  readonly events: ImapEvent[] = []
  /** Everything the server sent. */
  received = ''
  #unread = ''
  readonly #marks: string[] = []

  constructor(options: ImapServerOptions) {
    const onEvent = (event: ImapEvent) => {
      this.events.push(event)
      options.onEvent?.(event)
    }
    this.connection = imapConnection({ ...options, onEvent })
    void this.#read()
  }

  async #read(): Promise<void> {
    for await (const output of this.connection.output) this.#take(output)
  }

  #take(output: ImapOutput): void {
    const text = output.kind === 'bytes' ? binaryOf(output.bytes) : `<${output.kind}>\r\n`
    this.received += text
    this.#unread += text
    if (output.kind !== 'bytes') this.#marks.push(output.kind)
  }

  get closed(): boolean {
    return this.#marks.includes('close')
  }

  /** Sends bytes in these pieces. */
  async send(binary: string, cuts: readonly number[] = []): Promise<void> {
    let at = 0
    for (const cut of [...cuts, binary.length]) {
      await this.connection.receive(bytesOf(binary.slice(at, cut)))
      at = cut
    }
  }

  /** The next line from the server. */
  async line(): Promise<string> {
    for (let turns = 0; !this.#unread.includes('\r\n'); turns += 1) {
      if (turns > TURNS_MAX) throw new Error(`the server says no more after ${JSON.stringify(this.#unread)}`)
      await turn()
    }
    const end = this.#unread.indexOf('\r\n')
    const line = this.#unread.slice(0, end)
    this.#unread = this.#unread.slice(end + 2)
    return line
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

  /** Waits until nothing happens any more; answers what was not read. */
  async rest(): Promise<string> {
    for (let turns = 0; turns < 10; turns += 1) await turn()
    const rest = this.#unread
    this.#unread = ''
    return rest
  }
}

/** A logged-in client, past the greeting. */
export async function loggedIn(server: TestServer = {}): Promise<TestClient> {
  const client = new TestClient(testOptions(server))
  await client.line()
  await client.command('L1 LOGIN alice@camp.alt pw')
  return client
}

type Cutting = 'whole' | 'bytes' | number

function cutsOf(length: number, cutting: Cutting): number[] {
  if (cutting === 'whole') return []
  const cuts: number[] = []
  let state = cutting === 'bytes' ? 1 : cutting
  for (let at = 1; at < length; at += 1) {
    // A linear congruential generator: the same cuts for the same seed.
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    if (cutting === 'bytes' || state % 5 === 0) cuts.push(at)
  }
  return cuts
}

function fits(line: string, expected: string): boolean {
  const parts = expected.split('…').map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('[^]*')}$`).test(line)
}

export interface Script extends TestServer {
  readonly actions?: Readonly<Record<string, (client: TestClient) => unknown>>
  readonly cutting?: Cutting
}

/** Runs the script; throws at the first line that differs. Answers everything the server sent. */
async function converse(script: string, server: Script = {}): Promise<string> {
  const client = new TestClient(testOptions(server))
  const cutting = server.cutting ?? 'whole'
  let toSend = ''
  const flush = async () => {
    if (toSend !== '') await client.send(toSend, cutsOf(toSend.length, cutting))
    toSend = ''
  }
  for (const line of script
    .split('\n')
    .map(each => each.trimStart())
    .filter(Boolean)) {
    const text = line.slice(3)
    if (line.startsWith('C:')) toSend += `${text}\r\n`
    else {
      await flush()
      if (line.startsWith('!:')) await server.actions?.[text]?.(client)
      else {
        const said = await client.line()
        if (!fits(said, text)) throw new Error(`expected: ${text}\n but the server said: ${said}`)
      }
    }
  }
  await flush()
  const rest = await client.rest()
  if (rest !== '') throw new Error(`the server also said: ${rest}`)
  client.connection.end()
  return client.received
}

/** Runs the script whole, byte by byte and at random cuts; each time on a new server. */
export async function converseInPieces(script: string, server: () => Script): Promise<void> {
  const whole = await converse(script, server())
  for (const cutting of ['bytes', 7, 42, 1987] as const) {
    const pieces = await converse(script, { ...server(), cutting })
    if (pieces !== whole) throw new Error(`fed as ${cutting}, the answers differ`)
  }
}
