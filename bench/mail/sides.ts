/** The two mail servers that are compared: Posthorn, and Postfix that hands over to Dovecot by LMTP. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openSqlite } from '../../packages/node/src/stores/database/sqlite.ts'
import { Dovecot, dovecotInstalled } from '../../tests/support/dovecot.ts'
import { type Access, TestNode } from '../../tests/support/node.ts'
import { Postfix, postfixInstalled } from '../../tests/support/postfix.ts'
import { until } from '../support/processes.ts'
import { Wire } from '../support/wire.ts'
import { letter } from './letters.ts'

export interface MailSide {
  readonly name: 'ours' | 'theirs'
  /** Where this person's mail goes. */
  addressOf(user: string): string
  /** A client that may say `MAIL FROM:<…>` next; the address is `addressOf(user)`. */
  smtp(user: string): Promise<Wire>
  /** A client that is logged in. */
  imap(user: string): Promise<Wire>
  /** Letters 0 to `count` in INBOX, by whatever way is quick. */
  fill(user: string, count: number): Promise<void>
  /** All of its processes. */
  pids(): Promise<readonly number[]>
  end(): Promise<void>
}

const fillers = 16

export async function ours(users: readonly string[]): Promise<MailSide> {
  const node = await TestNode.make('bench')
  const people = new Map<string, Access>()
  for (const user of users) people.set(user, await node.addUser(user))
  await node.start()
  const accessOf = (user: string) => {
    const access = people.get(user)
    if (access === undefined) throw new Error(`no user ${user}`)
    return access
  }
  const side: MailSide = {
    name: 'ours',
    addressOf: user => accessOf(user).address,
    async smtp(user) {
      const { smtp, address, password } = accessOf(user)
      const wire = await greeted(smtp.port)
      const token = Buffer.from(`\0${address}\0${password}`).toString('base64')
      await wire.ask(`AUTH PLAIN ${token}\r\n`, /^235 .*\r\n/m)
      return wire
    },
    async imap(user) {
      const { imap, address, password } = accessOf(user)
      return loggedIn(imap.port, address, password)
    },
    async fill(user, count) {
      const address = side.addressOf(user)
      await Promise.all(
        Array.from({ length: fillers }, async (_, filler) => {
          const wire = await side.smtp(user)
          for (let number = filler; number < count; number += fillers) {
            await submit(wire, address, letter(number, { address }))
          }
          wire.close()
        }),
      )
      // What came before the first client is held back, and not noted while it is.
      const wire = await side.imap(user)
      await wire.askLong('s SELECT INBOX\r\n', 's OK')
      wire.close()
      await noted(join(node.home, 'posthorn.db'))
    },
    pids: async () => (node.pid === undefined ? [] : [node.pid]),
    end: () => node.remove(),
  }
  return side
}

export async function theirs(): Promise<MailSide> {
  if (!dovecotInstalled || !postfixInstalled) throw new Error('Postfix and Dovecot are needed, and root')
  const dovecot = await Dovecot.start(['mail_fsync = always', 'lmtp_save_to_detail_mailbox = no'])
  const postfix = await Postfix.start({
    main: [
      'virtual_mailbox_domains = bench.example',
      'virtual_mailbox_maps = static:all',
      `virtual_transport = lmtp:inet:127.0.0.1:${dovecot.ports.lmtp}`,
      'smtpd_client_connection_count_limit = 0',
      'default_destination_concurrency_limit = 20',
      'initial_destination_concurrency = 20',
    ],
  }).catch(async (error: unknown) => {
    await dovecot.end()
    throw error
  })
  const side: MailSide = {
    name: 'theirs',
    addressOf: user => `${user}@bench.example`,
    smtp: () => greeted(postfix.port),
    imap: user => loggedIn(dovecot.ports.imap, user, 'any'),
    async fill(user, count) {
      const folder = dovecot.maildir(user)
      for (const part of ['cur', 'new', 'tmp']) await mkdir(join(folder, part), { recursive: true })
      const address = side.addressOf(user)
      for (let number = 0; number < count; number += 1) {
        const name = `${1_767_225_600 + number}.M${number}.bench:2,`
        await writeFile(join(folder, 'cur', name), letter(number, { address }).replaceAll('\r\n', '\n'))
      }
      dovecot.own(user)
    },
    pids: async () => descendants(dovecot.pid ?? 0),
    async end() {
      await postfix.end()
      await dovecot.end()
    },
  }
  return side
}

/** Letters are noted for searches when deliveries pause: resolves when that is done. */
async function noted(path: string): Promise<void> {
  const database = openSqlite(path, { busyTimeoutMs: 5000 })
  const left = database.prepare('SELECT 1 FROM mail_unnoted LIMIT 1')
  try {
    await until(() => left.get() === undefined, { everyMs: 250, patienceMs: 600_000 })
  } finally {
    database.close()
  }
}

async function greeted(port: number): Promise<Wire> {
  const wire = await Wire.open('127.0.0.1', port)
  await wire.hear(/^220 .*\r\n/m)
  await wire.ask('EHLO [127.0.0.1]\r\n', /^250 .*\r\n/m)
  return wire
}

async function loggedIn(port: number, user: string, password: string): Promise<Wire> {
  const wire = await Wire.open('127.0.0.1', port)
  await wire.hear(/\* OK.*\r\n/)
  await wire.ask(`login LOGIN "${user}" "${password}"\r\n`, /^login OK.*\r\n/m)
  return wire
}

export interface Submitted {
  /** The end of DATA, and its answer, on the monotonic clock. */
  readonly sent: number
  readonly accepted: number
}

/** One letter to one person, from that person. */
export async function submit(wire: Wire, address: string, text: string): Promise<Submitted> {
  await wire.ask(`MAIL FROM:<${address}>\r\n`, /^250 .*\r\n/m)
  await wire.ask(`RCPT TO:<${address}>\r\n`, /^250 .*\r\n/m)
  await wire.ask('DATA\r\n', /^354 .*\r\n/m)
  const sent = performance.now()
  return { sent, accepted: await wire.ask(`${text}.\r\n`, /^250 .*\r\n/m) }
}

/** A process and all below it. */
async function descendants(pid: number): Promise<number[]> {
  const parents = new Map<number, number>()
  for (const name of await readdir('/proc')) {
    const text = /^\d+$/.test(name) ? await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '') : ''
    const parent = Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])
    if (text !== '') parents.set(Number(name), parent)
  }
  const found = [pid]
  for (const candidate of found) for (const [child, parent] of parents) if (parent === candidate) found.push(child)
  return found
}
