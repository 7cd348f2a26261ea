/**
 * For tests only: runs a written conversation against a connection of any protocol here, as the tests of maddy do.
 *
 * Lines of a script: `C: ` the client sends this line with CRLF, `S: ` the server must send this line (`…` stands for
 * anything), `!: name` does `actions[name]`, `S: <close>` and `S: <starttls>` are those outputs. What the client sends
 * between two server lines is fed whole, byte by byte, or cut at random, and must give the same answers.
 */
import type { ImapConnection } from '../connection.ts'
import { binaryOf, bytesOf } from '../grammar/bytes.ts'
import type { Pop3Connection } from '../pop3/connection.ts'
import type { ImapOutput } from '../respond/output.ts'

const TURNS_MAX = 200

/** One turn of the event loop: everything in memory has had its say after a few. */
function turn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve)
  })
}

/** A client that looks at the output line by line. */
export class WireClient<Connection extends ImapConnection | Pop3Connection = ImapConnection> {
  readonly connection: Connection
  /** Everything the server sent. */
  received = ''
  #unread = ''
  readonly #marks: string[] = []

  constructor(connection: Connection) {
    this.connection = connection
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

  /** Waits until nothing happens any more; answers what was not read. */
  async rest(): Promise<string> {
    for (let turns = 0; turns < 10; turns += 1) await turn()
    const rest = this.#unread
    this.#unread = ''
    return rest
  }
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

export interface WireScript<Client> {
  readonly client: Client
  readonly actions?: Readonly<Record<string, (client: Client) => unknown>>
}

/** Runs the script; throws at the first line that differs. Answers everything the server sent. */
async function converse<Client extends WireClient<ImapConnection | Pop3Connection>>(
  script: string,
  { client, actions = {} }: WireScript<Client>,
  cutting: Cutting,
): Promise<string> {
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
      if (line.startsWith('!:')) await actions[text]?.(client)
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
export async function inPieces<Client extends WireClient<ImapConnection | Pop3Connection>>(
  script: string,
  make: () => WireScript<Client>,
): Promise<void> {
  const whole = await converse(script, make(), 'whole')
  for (const cutting of ['bytes', 7, 42, 1987] as const) {
    const pieces = await converse(script, make(), cutting)
    if (pieces !== whole) throw new Error(`fed as ${cutting}, the answers differ`)
  }
}
