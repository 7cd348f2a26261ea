/** Our IMAP server on a mailbox in a temporary folder, asked without a network. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { imapConnection } from '@posthorn/imap'
import { systemClock } from '../../packages/node/src/base/clock.ts'
import { silentLog } from '../../packages/node/src/base/log.ts'
import { nextTurn } from '../../packages/node/src/base/turn.ts'
import { openDatabase } from '../../packages/node/src/stores/database/database.ts'
import { type MailboxStore, openMailbox } from '../../packages/node/src/stores/mailbox/index.ts'
import type { DovecotLetter } from './dovecot-pipe.ts'

const user = 'corpus'

export class OwnMail {
  readonly mailbox: MailboxStore
  readonly databasePath: string
  readonly #remove: () => Promise<void>
  #asked: Promise<string[]> = Promise.resolve([])
  #tags = 0
  #connection: ReturnType<typeof imapConnection> | undefined
  #text = ''
  #wake: () => void = () => undefined

  private constructor(mailbox: MailboxStore, databasePath: string, remove: () => Promise<void>) {
    this.mailbox = mailbox
    this.databasePath = databasePath
    this.#remove = remove
  }

  /** One at a time they get their UIDs in this order, from 1. Nothing is noted of them yet. */
  static async make(letters: Iterable<DovecotLetter>, atOnce = 1): Promise<OwnMail> {
    const folder = await mkdtemp(join(tmpdir(), 'posthorn-own-imap-'))
    const databasePath = join(folder, 'posthorn.db')
    const database = openDatabase(databasePath)
    const stores = {
      database,
      directory: join(folder, 'mail'),
      random: randomBytes,
      clock: systemClock,
      log: silentLog,
    }
    const mailbox = await openMailbox(stores)
    await mailbox.account(user, `${user}@x`).releaseHeld()
    const waiting = [...letters].entries()
    const deliver = async () => {
      for (const [number, { bytes, internalDate }] of waiting) {
        const read = async function* () {
          yield bytes
        }
        const body = { sizeBytes: bytes.length, read }
        const deliveryId = `corpus-${number}`
        await mailbox.deliver({ user, deliveryId, messageId: null, returnPath: null, body, at: internalDate * 1000 })
      }
    }
    await Promise.all(Array.from({ length: atOnce }, deliver))
    return new OwnMail(mailbox, databasePath, async () => {
      database.close()
      await rm(folder, { recursive: true, force: true })
    })
  }

  async noteAll(): Promise<void> {
    while (await this.mailbox.noteLetters());
  }

  /** Answers the untagged lines. @throws when the answer is not OK */
  ask(command: string): Promise<string[]> {
    this.#asked = this.#asked.then(() => this.#askNow(command))
    return this.#asked
  }

  async #askNow(command: string): Promise<string[]> {
    this.#connection ??= this.#open()
    this.#tags += 1
    const tag = `p${this.#tags}`
    this.#text = ''
    const end = new RegExp(`(?:^|\\n)${tag} .*\\r\\n$`)
    await this.#connection.receive(Buffer.from(`${tag} ${command}\r\n`, 'latin1'))
    while (!end.test(this.#text)) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    const lines = this.#text.split('\r\n').slice(0, -1)
    const last = lines.pop() ?? ''
    if (!last.startsWith(`${tag} OK`)) throw new Error(`${command}: ${last}`)
    return lines.filter(line => !line.startsWith('* OK Posthorn'))
  }

  #open(): ReturnType<typeof imapConnection> {
    const connection = imapConnection({
      authenticate: async () => this.mailbox.account(user, `${user}@x`),
      plaintextLogin: true,
      secure: false,
      starttls: false,
      now: () => systemClock.now(),
      breathe: nextTurn,
      metadata: () => null,
      serverName: 'Posthorn',
    })
    void this.#read(connection)
    return connection
  }

  async #read(connection: ReturnType<typeof imapConnection>): Promise<void> {
    for await (const output of connection.output) {
      if (output.kind === 'bytes') this.#text += Buffer.from(output.bytes).toString('latin1')
      this.#wake()
    }
  }

  async remove(): Promise<void> {
    this.#connection?.end()
    await this.#remove()
  }
}
