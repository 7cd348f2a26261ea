/**
 * For tests only: clients that keep their own idea of a folder from nothing but what they are told, and random things
 * that several of them do to it at once. Whatever store is behind: their numbers are right at every moment, and in the
 * end all have the same.
 */
import fc from 'fast-check'
import { expect } from 'vitest'
import { type ImapConnection, imapConnection } from '../connection.ts'
import { binaryOf, bytesOf } from '../grammar/bytes.ts'
import type { Folder, MailAccount } from '../mailbox.ts'
import { TEST_NOW } from './conversation.ts'

/** A connection that waits for its answers as long as they take. */
class Line {
  readonly #connection: ImapConnection
  readonly #output: AsyncIterator<{ readonly kind: string; readonly bytes?: Uint8Array }>
  #unread = ''

  constructor(account: MailAccount) {
    this.#connection = imapConnection({
      authenticate: async () => account,
      plaintextLogin: true,
      secure: false,
      starttls: false,
      now: () => TEST_NOW,
      metadata: () => null,
      serverName: 'test',
      onEvent: event => {
        if (event.kind === 'error') throw event.error
      },
    })
    this.#output = this.#connection.output[Symbol.asyncIterator]()
  }

  async send(line: string): Promise<void> {
    await this.#connection.receive(bytesOf(`${line}\r\n`))
  }

  /** All lines up to one that begins so. */
  async until(start: string): Promise<string[]> {
    const lines: string[] = []
    for (;;) {
      const end = this.#unread.indexOf('\r\n')
      if (end === -1) {
        const { value, done } = await this.#output.next()
        if (done || value.bytes === undefined) throw new Error(`the server left, and never said ${start}`)
        this.#unread += binaryOf(value.bytes)
        continue
      }
      const line = this.#unread.slice(0, end)
      this.#unread = this.#unread.slice(end + 2)
      lines.push(line)
      if (line.startsWith(start)) return lines
    }
  }

  end(): void {
    this.#connection.end()
  }
}

function uidsIn(set: string): number[] {
  return set.split(',').flatMap(part => {
    const [from = 0, to = from] = part.split(':').map(Number)
    return Array.from({ length: to - from + 1 }, (_, index) => from + index)
  })
}

/** What a client knows. `uids` by sequence number; undefined where it has only been told that there is one. */
class SyncClient {
  readonly #account: MailAccount
  readonly #qresync: boolean
  #line: Line
  uids: (number | undefined)[] = []
  readonly flags = new Map<number, string>()
  #modseq = 0
  #uidValidity = 0

  constructor(account: MailAccount, qresync: boolean) {
    this.#account = account
    this.#qresync = qresync
    this.#line = new Line(account)
  }

  async connect(): Promise<void> {
    await this.#line.until('* OK')
    await this.command('LOGIN a b')
    if (this.#qresync) await this.command('ENABLE QRESYNC')
    // Beyond the first message of which it knows only that there is one, it begins anew.
    const hole = this.uids.indexOf(undefined)
    const known = (hole === -1 ? this.uids : this.uids.slice(0, hole)).filter(uid => uid !== undefined)
    for (const uid of this.flags.keys()) if (!known.includes(uid)) this.flags.delete(uid)
    const resync = this.#qresync && this.#modseq > 0
    if (!resync) this.flags.clear()
    this.uids = []
    const which = known.length === 0 ? '' : ` ${known.join(',')}`
    const parameter = resync && known.length > 0 ? ` (QRESYNC (${this.#uidValidity} ${this.#modseq}${which}))` : ''
    const stale = new Set(resync ? known : [])
    const lines = await this.#exchange(`SELECT INBOX${parameter}`)
    for (const line of lines) for (const uid of this.#vanishedEarlier(line)) this.#forget(uid, stale)
    // What did not vanish is there still, in its order; what is new stands behind it.
    const exists = Number(/^\* (\d+) EXISTS/m.exec(lines.join('\n'))?.[1])
    this.uids = [...stale]
    while (this.uids.length < exists) this.uids.push(undefined)
    expect(this.uids.length).toBe(exists)
    this.#hear(lines.filter(line => !/ EXISTS$|VANISHED/.test(line)))
    await this.#fetchNew()
  }

  #forget(uid: number, stale: Set<number>): void {
    stale.delete(uid)
    this.flags.delete(uid)
  }

  #vanishedEarlier(line: string): number[] {
    const set = /^\* VANISHED \(EARLIER\) (.*)/.exec(line)?.[1]
    return set === undefined ? [] : uidsIn(set)
  }

  /** Loses the connection without a word, and comes again. */
  async reconnect(): Promise<void> {
    this.#line.end()
    this.#line = new Line(this.#account)
    await this.connect()
  }

  async #exchange(command: string): Promise<string[]> {
    await this.#line.send(`t ${command}`)
    return this.#line.until('t ')
  }

  async command(command: string): Promise<void> {
    const lines = await this.#exchange(command)
    // RFC 9051 section 7.5.1: numbers must not shift under a command that names messages by them.
    if (/^(FETCH|STORE|SEARCH)/.test(command)) expect(lines.join('\n')).not.toMatch(/^\* (\d+ EXPUNGE|VANISHED)/m)
    this.#hear(lines)
  }

  /** Sets a flag without an answer: the client takes its own word for it, unless it hears otherwise. */
  async storeSilently(uid: number, flag: string): Promise<void> {
    if (!this.flags.has(uid)) return this.command('NOOP')
    const lines = await this.#exchange(`UID STORE ${uid} FLAGS.SILENT (${flag})`)
    this.flags.set(uid, flag)
    this.#hear(lines)
  }

  /** Idles while something happens. */
  async idle(meanwhile: () => Promise<unknown>): Promise<void> {
    await this.#line.send('t IDLE')
    const first = await this.#line.until('+ idling')
    await meanwhile()
    await this.#line.send('DONE')
    this.#hear([...first, ...(await this.#line.until('t '))])
  }

  /** Learns of what it has only been told the number of. */
  async #fetchNew(): Promise<void> {
    const from = this.uids.indexOf(undefined)
    if (from === -1) return
    await this.command(`FETCH ${from + 1}:* (UID FLAGS${this.#qresync ? ' MODSEQ' : ''})`)
    // What came meanwhile is told at the end of a command, and fetched next time.
    expect(this.uids.indexOf(undefined) === -1 || this.uids.indexOf(undefined) > from).toBe(true)
  }

  /** Hears all there is, and knows the whole folder. */
  async settle(): Promise<void> {
    await this.command('NOOP')
    await this.#fetchNew()
    await this.command('NOOP')
  }

  #hear(lines: readonly string[]): void {
    let [told, highest] = [0, 0]
    for (const line of lines) {
      expect(line).not.toMatch(/^t BAD/)
      told = Math.max(told, Number(/MODSEQ \((\d+)\)/.exec(line)?.[1] ?? 0))
      highest = Number(/\[HIGHESTMODSEQ (\d+)\]/.exec(line)?.[1] ?? highest)
      this.#uidValidity = Number(/\[UIDVALIDITY (\d+)\]/.exec(line)?.[1] ?? this.#uidValidity)
      this.#hearLine(line)
    }
    // RFC 7162 section 6: what the server says outright, or else the greatest that it told.
    this.#modseq = highest > 0 ? highest : Math.max(this.#modseq, told)
  }

  #hearLine(line: string): void {
    const vanished = /^\* VANISHED (\d.*)/.exec(line)?.[1]
    for (const uid of vanished === undefined ? [] : uidsIn(vanished)) this.#remove(uid)
    const [, number = '0', word, rest = ''] = /^\* (\d+) (EXISTS|EXPUNGE|FETCH)(.*)/.exec(line) ?? []
    const value = Number(number)
    if (word === 'EXPUNGE') {
      expect(this.#qresync).toBe(false)
      expect(value).toBeLessThanOrEqual(this.uids.length)
      for (const uid of this.uids.splice(value - 1, 1)) this.flags.delete(uid ?? 0)
    }
    if (word === 'EXISTS') {
      expect(value).toBeGreaterThanOrEqual(this.uids.length)
      while (this.uids.length < value) this.uids.push(undefined)
    }
    if (word === 'FETCH') this.#learn(value, rest)
  }

  #remove(uid: number): void {
    const at = this.uids.indexOf(uid)
    // Of one whose uid it never learnt it knows only that it was among the last.
    const index = at === -1 ? this.uids.lastIndexOf(undefined) : at
    expect(index).not.toBe(-1)
    this.uids.splice(index, 1)
    this.flags.delete(uid)
  }

  #learn(number: number, rest: string): void {
    const uid = Number(/\bUID (\d+)/.exec(rest)?.[1])
    if (Number.isNaN(uid)) return
    expect(number).toBeLessThanOrEqual(this.uids.length)
    expect(this.uids[number - 1] ?? uid).toBe(uid)
    this.uids[number - 1] = uid
    const flags = /FLAGS \(([^)]*)\)/.exec(rest)?.[1]
    if (flags !== undefined) this.flags.set(uid, flags.split(' ').sort().join(' '))
  }

  end(): void {
    this.#line.end()
  }
}

const commands = {
  noop: () => 'NOOP',
  fetch: at => `FETCH ${at}:* (UID FLAGS)`,
  'fetch modseqs': at => `UID FETCH ${at}:* (FLAGS MODSEQ)`,
  flag: at => `STORE ${at} +FLAGS (k${at % 3})`,
  'flag if unchanged': at => `UID STORE ${at}:* (UNCHANGEDSINCE ${2 * at}) +FLAGS (c)`,
  delete: at => `STORE ${at} +FLAGS (\\Deleted)`,
  expunge: () => 'EXPUNGE',
  'expunge some': at => `UID EXPUNGE ${at}:${at + 2}`,
  move: at => `UID MOVE ${at} Away`,
  copy: at => `COPY ${at} INBOX`,
  search: () => 'SEARCH ALL',
} satisfies Record<string, (at: number) => string>

const acts = [...Object.keys(commands), 'store silently', 'deliver', 'idle', 'reconnect', 'lose'] as const
const step = fc.record({ who: fc.nat(2), act: fc.constantFrom(...acts), at: fc.integer({ min: 1, max: 8 }) })

export interface SyncBench {
  readonly account: MailAccount
  deliver(): Promise<unknown>
}

/** The folder as the store has it: flags by uid. */
async function truth(folder: Folder): Promise<Map<number, string>> {
  const { added } = await folder.changes(0)
  return new Map(added.map(row => [row.uid, [...row.flags].sort().join(' ')]))
}

async function live(bench: SyncBench, steps: readonly { who: number; act: string; at: number }[]): Promise<void> {
  const { account } = bench
  const deliver = () => bench.deliver()
  await account.create('Away')
  for (let count = 0; count < 4; count += 1) await deliver()
  // Two that resynchronise, and one that only knows IMAP4rev1.
  const clients = [true, true, false].map(qresync => new SyncClient(account, qresync))
  for (const client of clients) await client.connect()
  for (const { who, act, at } of steps) {
    const client = clients[who]
    if (act === 'deliver') await deliver()
    else if (act === 'store silently') await client?.storeSilently(at, `s${at % 3}`)
    else if (act === 'reconnect') await client?.reconnect()
    else if (act === 'idle') {
      const other = clients[(who + 1) % clients.length]
      await client?.idle(async () => {
        await deliver()
        await other?.command(`STORE ${at} +FLAGS (i)`)
      })
    } else if (act === 'lose') {
      // An expunge that waits to be told, a change that is told, and the end of the connection.
      const other = clients[(who + 1) % clients.length]
      await other?.command(`UID STORE ${at} +FLAGS.SILENT (\\Deleted)`)
      await other?.command('EXPUNGE')
      await client?.command('STORE 1:2 +FLAGS (l)')
      await client?.reconnect()
    } else if (act in commands) await client?.command(commands[act as keyof typeof commands](at))
  }
  const folder = await account.open('INBOX')
  if ('refused' in folder) throw new Error(folder.text)
  // Whatever was the last that they heard: those that resynchronise miss nothing.
  for (const client of clients) await client.reconnect()
  for (const client of clients) await client.settle()
  const flags = await truth(folder)
  for (const client of clients) {
    expect(client.uids).toEqual([...flags.keys()])
    expect(Object.fromEntries(client.flags)).toEqual(Object.fromEntries(flags))
    client.end()
  }
}

/** Runs random steps on a new store each time. */
export function checkSync(make: () => Promise<SyncBench>, runs: { numRuns: number; seed: number }): Promise<void> {
  const property = fc.asyncProperty(fc.array(step, { maxLength: 30 }), async steps => live(await make(), steps))
  return fc.assert(property, runs)
}
