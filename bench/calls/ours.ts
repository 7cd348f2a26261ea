/** Two nodes of Posthorn, the built program in processes of its own, and the commands a user would give. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parsePrivateIdentity, plainPacket, sealPacket, textPath } from '@posthorn/nncp'
import { silentLog } from '../../packages/node/src/base/log.ts'
import { nativeSuite } from '../../packages/node/src/node/crypto.ts'
import { type Database, openDatabase } from '../../packages/node/src/stores/database/database.ts'
import { diskFiles, fileBytes } from '../../packages/node/src/stores/files/index.ts'
import { openSpool } from '../../packages/node/src/stores/spool/index.ts'
import { type Access, TestNode } from '../../tests/support/node.ts'
import { Program } from '../support/processes.ts'
import { Wire } from '../support/wire.ts'

const program = fileURLToPath(new URL('../../packages/node/bin/posthorn.js', import.meta.url))
const suite = nativeSuite()
const { signal } = new AbortController()
const sizeBytesMax = 64 * 1024 ** 3

export class Ours {
  readonly a: TestNode
  readonly b: TestNode
  readonly alice: Access
  readonly bob: Access
  readonly #looks: { readonly a: Database; readonly b: Database }

  private constructor(nodes: { a: TestNode; b: TestNode; alice: Access; bob: Access }) {
    this.a = nodes.a
    this.b = nodes.b
    this.alice = nodes.alice
    this.bob = nodes.bob
    this.#looks = { a: openDatabase(databaseOf(nodes.a)), b: openDatabase(databaseOf(nodes.b)) }
  }

  /** Neither runs; A knows where to call B, and Bob has been there once, so that his letters are not held back. */
  static async make(): Promise<Ours> {
    const [a, b] = [await TestNode.make('a'), await TestNode.make('b')]
    const [alice, bob] = [await a.addUser('alice'), await b.addUser('bob')]
    await b.start()
    const { listeners } = await b.run<{ listeners: { nncp: { host: string; port: number } } }>(['status'])
    await b.run(['neighbour', 'add', await a.card()])
    const { host, port } = listeners.nncp
    await a.run(['neighbour', 'add', await b.card(), '--addr', `tcp://${host}:${port}`])
    const pair = new Ours({ a, b, alice, bob })
    ;(await pair.idle()).close()
    await b.end()
    return pair
  }

  /** Puts a file packet into A's outbox: there is no message of such a size. */
  async seal(path: string): Promise<void> {
    const [sender, recipient] = [await this.#identity(this.a), await this.#identity(this.b)]
    const payload = plainPacket({ type: 'file', niceness, path: textPath('big') }, fileBytes(diskFiles, path))
    const options = { suite, random: randomBytes, sender, recipient, niceness, payload }
    await this.#withSpool(this.a, async spool => {
      const staged = await spool.stage(sealPacket(options), { signal, sizeBytesMax })
      const facts = { nextHop: recipient.id, destination: recipient.id, kind: 'letter', messageId: null } as const
      await spool.outbox.commit([{ ...facts, staged, acknowledges: null, niceness, at: Date.now() }])
    })
  }

  /** What waits in A's outbox is now in B's inbox, as if B had taken it in over a call. B must not run. */
  async carryOver(): Promise<void> {
    const [sender, recipient] = [await this.#identity(this.a), await this.#identity(this.b)]
    await this.#withSpool(this.a, from =>
      this.#withSpool(this.b, async to => {
        let after: string | null = null
        do {
          const page: Awaited<ReturnType<typeof from.outbox.page>> = await from.outbox.page(recipient.id, {
            after,
            limit: 200,
          })
          for (const { id, niceness } of page) {
            const body = await from.outbox.open(id)
            if (body === undefined) throw new Error('a packet has left the outbox')
            const staged = await to.stage(body.read(), { signal, sizeBytesMax })
            const at = Date.now()
            // As after a call: DONE has told A that B has it.
            await to.inbox.commit({ staged, sender: sender.id, niceness, source: 'bench', told: true, at })
          }
          after = page.at(-1)?.cursor ?? null
        } while (after !== null)
      }),
    )
  }

  async smtp(): Promise<Wire> {
    const { smtp, address, password } = this.alice
    const wire = await Wire.open(smtp.host, smtp.port)
    await wire.hear(/^220 .*\r\n/m)
    await wire.ask('EHLO [127.0.0.1]\r\n', /^250 .*\r\n/m)
    await wire.ask(`AUTH PLAIN ${Buffer.from(`\0${address}\0${password}`).toString('base64')}\r\n`, /^235 .*\r\n/m)
    return wire
  }

  /** One letter from Alice to Bob; answers when its end was sent and when it was accepted. */
  async submit(wire: Wire, messageId: string, text: string): Promise<{ sent: number; accepted: number }> {
    await wire.ask(`MAIL FROM:<${this.alice.address}>\r\n`, /^250 .*\r\n/m)
    await wire.ask(`RCPT TO:<${this.bob.address}>\r\n`, /^250 .*\r\n/m)
    await wire.ask('DATA\r\n', /^354 .*\r\n/m)
    const sent = performance.now()
    const head = `From: ${this.alice.address}\r\nTo: ${this.bob.address}\r\nMessage-ID: <${messageId}@bench>\r\n`
    return { sent, accepted: await wire.ask(`${head}Subject: x\r\n\r\n${text}\r\n.\r\n`, /^250 .*\r\n/m) }
  }

  /** Bob's inbox, in IDLE. */
  async idle(): Promise<Wire> {
    const { imap, address, password } = this.bob
    const wire = await Wire.open(imap.host, imap.port)
    await wire.hear(/\* OK.*\r\n/)
    await wire.ask(`a LOGIN "${address}" "${password}"\r\n`, /^a OK.*\r\n/m)
    await wire.ask('b SELECT INBOX\r\n', /^b OK.*\r\n/m)
    await wire.ask('c IDLE\r\n', /^\+ .*\r\n/m)
    return wire
  }

  call(onlineSeconds: number): Program {
    const args = ['call', 'b', '--home', this.a.home, '--online-deadline', `${onlineSeconds}`]
    return new Program(process.execPath, [program, ...args])
  }

  /** Packets of A that B has not taken over. */
  waiting(): number {
    return this.#count('a', 'SELECT coalesce(sum(packets), 0) AS n FROM outbox_summary')
  }

  /** Letters in the mailboxes of B. */
  delivered(): number {
    return this.#count('b', 'SELECT coalesce(sum(messages), 0) AS n FROM mail_folders')
  }

  async remove(): Promise<void> {
    this.#looks.a.close()
    this.#looks.b.close()
    await Promise.all([this.a.end(), this.b.end()])
    await Promise.all([this.a.remove(), this.b.remove()])
  }

  #count(node: 'a' | 'b', sql: string): number {
    return this.#looks[node].get<{ n: number }>(sql)?.n ?? 0
  }

  async #identity(node: TestNode) {
    const record: unknown = JSON.parse(readFileSync(join(node.home, 'keys.json'), 'utf8'))
    return parsePrivateIdentity(suite, record as Parameters<typeof parsePrivateIdentity>[1])
  }

  async #withSpool<T>(node: TestNode, work: (spool: Awaited<ReturnType<typeof openSpool>>) => Promise<T>): Promise<T> {
    const database = openDatabase(databaseOf(node))
    const options = { database, directory: join(node.home, 'spool'), suite, random: randomBytes, log: silentLog }
    try {
      return await work(await openSpool(options))
    } finally {
      database.close()
    }
  }
}

const niceness = 224

function databaseOf(node: TestNode): string {
  return join(node.home, 'posthorn.db')
}
