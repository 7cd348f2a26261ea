/** For the tests of this room: a desk, a spool and a clock that do as told, and a client that speaks byte by byte. */
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect as netConnect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as tlsConnect } from 'node:tls'
import { assert } from '../../base/assert.ts'
import { abortError, type Clock } from '../../base/clock.ts'
import { OperatingError } from '../../base/errors.ts'
import type { Log, LogFields } from '../../base/log.ts'
import type { DeliveryWishes, Scratch, StageOptions } from '../../stores/spool/index.ts'
import type { RecipientVerdict, Submission, SubmissionDesk } from './submission.ts'
import { type Certificate, loadOrMakeCertificate } from './tls/certificate.ts'

export const domain = 'camp-k3j5h2q7abcdefgh.nncp.alt'
export const passwords: Readonly<Record<string, string>> = { alice: 'wonder land', bob: 'builder' }

export const directoryUsers = {
  verify: async (name: string, password: string) => passwords[name] !== undefined && passwords[name] === password,
}

export const noAppPasswords = { verify: async () => undefined, used: async () => {} }

/** A letter as the desk got it. */
export interface Handed {
  readonly sender: string
  readonly login: string | undefined
  readonly recipients: readonly string[]
  readonly text: string
  readonly sizeBytes: number
  readonly sha256: string
  readonly wishes: DeliveryWishes | undefined
}

export class FakeDesk implements SubmissionDesk {
  readonly letters: Handed[] = []
  /** What `submit` does before it says yes. */
  before: () => Promise<void> = async () => {}

  async judge(recipient: string): Promise<RecipientVerdict> {
    const [local = '', at = ''] = recipient.toLowerCase().split('@')
    if (local === 'broken') throw new OperatingError('no directory', { code: 'disk-failed', retry: 'later' })
    if (local.includes('"')) return { kind: 'bad-address', text: 'That is no address.' }
    if (at === domain) {
      if (passwords[local] !== undefined) return { kind: 'ok', here: true }
      return { kind: 'unknown-user', text: `Nobody here is called ${local}.` }
    }
    if (at.endsWith('far.alt')) return { kind: 'ok', here: false }
    return { kind: 'unknown-node', text: `No node is known for ${at}.` }
  }

  async maySendAs(user: string, address: string): Promise<boolean> {
    return user === 'alice' && address.toLowerCase() === `team@${domain}`
  }

  async submit({ sender, login, recipients, body, wishes }: Submission): Promise<{ messageId: string }> {
    await this.before()
    const hash = createHash('sha256')
    let text = ''
    for await (const chunk of body.read()) {
      hash.update(chunk)
      if (text.length < 4096) text += Buffer.from(chunk).toString('latin1')
    }
    const sha256 = hash.digest('hex')
    this.letters.push({ sender, login, recipients, text, sizeBytes: body.sizeBytes, sha256, wishes })
    return { messageId: `letter-${this.letters.length}@${domain}` }
  }
}

/** Keeps scratch in memory, and the first `roomBytes` of it only: after that the disk is full. */
export class FakeSpool {
  roomBytes = Number.POSITIVE_INFINITY
  held = 0
  begun = 0

  async scratch(source: AsyncIterable<Uint8Array>, options: StageOptions): Promise<Scratch> {
    this.begun += 1
    const chunks: Uint8Array[] = []
    let sizeBytes = 0
    for await (const chunk of source) {
      if (options.signal.aborted) throw abortError(options.signal)
      sizeBytes += chunk.length
      assert(sizeBytes <= options.sizeBytesMax, 'more was spooled than is allowed')
      if (sizeBytes > this.roomBytes) throw new OperatingError('full', { code: 'disk-full', retry: 'later' })
      chunks.push(chunk)
    }
    this.held += 1
    return {
      sizeBytes,
      read: async function* () {
        yield* chunks
      },
      discard: async () => {
        this.held -= 1
      },
    }
  }
}

/** Time passes when the test says so. */
export class ManualClock implements Clock {
  #now = Date.UTC(2026, 10, 21)
  readonly #sleepers = new Set<{ until: number; wake: () => void }>()

  now(): number {
    return this.#now
  }

  get sleeping(): number {
    return this.#sleepers.size
  }

  sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(abortError(signal))
      const stop = () => {
        this.#sleepers.delete(sleeper)
        reject(abortError(signal))
      }
      const wake = () => {
        signal.removeEventListener('abort', stop)
        resolve()
      }
      const sleeper = { until: this.#now + delayMs, wake }
      this.#sleepers.add(sleeper)
      signal.addEventListener('abort', stop)
    })
  }

  pass(ms: number): void {
    this.#now += ms
    for (const sleeper of this.#sleepers) {
      if (sleeper.until > this.#now) continue
      this.#sleepers.delete(sleeper)
      sleeper.wake()
    }
  }
}

/** All that was logged, as text. */
export class RecordingLog implements Log {
  readonly lines: string[]

  constructor(lines: string[] = []) {
    this.lines = lines
  }

  debug = (message: string, fields?: LogFields) => this.#note(message, fields)
  info = (message: string, fields?: LogFields) => this.#note(message, fields)
  warn = (message: string, fields?: LogFields) => this.#note(message, fields)
  error = (message: string, fields?: LogFields) => this.#note(message, fields)
  with = () => this

  #note(message: string, fields: LogFields = {}): void {
    this.lines.push(`${message} ${JSON.stringify(fields)}`)
  }
}

let made: Promise<Certificate> | undefined

export function testCertificate(): Promise<Certificate> {
  made ??= (async () => {
    const directory = await mkdtemp(join(tmpdir(), 'posthorn-cert-'))
    try {
      const random = (length: number) => Buffer.alloc(length, 7)
      return await loadOrMakeCertificate({
        directory,
        names: [domain, '127.0.0.1'],
        now: Date.UTC(2026, 10, 21),
        random,
      })
    } finally {
      await rm(directory, { recursive: true })
    }
  })()
  return made
}

/** A mail client that says exactly what it is told to. */
export class RawClient {
  #socket: Socket
  #heard = ''
  #ended = false
  #wake: () => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#listen()
  }

  static async open(port: number, options: { tls?: boolean; host?: string } = {}): Promise<RawClient> {
    const host = options.host ?? '127.0.0.1'
    const socket = options.tls === true ? tlsConnect({ port, host, rejectUnauthorized: false }) : netConnect(port, host)
    await new Promise<void>((resolve, reject) => {
      socket.once(options.tls === true ? 'secureConnect' : 'connect', resolve).once('error', reject)
    })
    return new RawClient(socket)
  }

  /** A line without its end. */
  say(line: string): void {
    this.send(`${line}\r\n`)
  }

  send(bytes: string | Uint8Array): boolean {
    return this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  }

  drained(): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        this.#socket.removeListener('drain', done)
        this.#socket.removeListener('close', done)
        resolve()
      }
      this.#socket.on('drain', done)
      this.#socket.on('close', done)
    })
  }

  /** The next whole reply of an SMTP server, its lines joined by `|`; empty when the connection ended instead. */
  async hear(): Promise<string> {
    return (await this.until(/^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/)).trimEnd().replaceAll('\r\n', '|')
  }

  /** What came up to and with `pattern`; empty when the connection ended before. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.#heard)
      if (match !== null) {
        const end = match.index + match[0].length
        const text = this.#heard.slice(0, end)
        this.#heard = this.#heard.slice(end)
        return text
      }
      if (this.#ended) return ''
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  async ask(line: string): Promise<string> {
    this.say(line)
    return this.hear()
  }

  /** Everything that was said until the server closed. */
  async closed(): Promise<string> {
    while (!this.#ended) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    return this.#heard
  }

  async secure(): Promise<void> {
    this.#socket.removeAllListeners()
    const socket = tlsConnect({ socket: this.#socket, rejectUnauthorized: false })
    await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
    this.#heard = ''
    this.#socket = socket
    this.#listen()
  }

  /** Whoever else wants the bytes that come from now on. */
  listen(listener: (bytes: Buffer) => void): void {
    this.#socket.on('data', listener)
  }

  /** Reads nothing any more. */
  deaf(): void {
    this.#socket.pause()
  }

  /** A deaf client only learns that the server is gone by what it cannot send. */
  async gone(): Promise<void> {
    while (!this.#ended) {
      this.#socket.write('x NOOP\r\n')
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  }

  end(): void {
    this.#socket.destroy()
  }

  #listen(): void {
    this.#socket.on('data', (chunk: Buffer) => {
      this.#heard += chunk.toString('latin1')
      this.#wake()
    })
    const ended = () => {
      this.#ended = true
      this.#wake()
    }
    this.#socket.on('error', ended)
    this.#socket.on('close', ended)
  }
}

export function plainLogin(user: string, password = passwords[user] ?? '', authzid = ''): string {
  return `AUTH PLAIN ${Buffer.from(`${authzid}\0${user}\0${password}`).toString('base64')}`
}

/** What one server takes for the end of a letter and another for a part of it: the means of SMTP smuggling. */
export const smugglingEnds = [
  '\n.\n',
  '\r.\r',
  '\n.\r\n',
  '\r.\r\n',
  '\r\n.\n',
  '\r\n.\r',
  '\n\n.\r\n',
  '\r\n\0.\r\n\n',
] as const
