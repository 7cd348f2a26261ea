/** Debian's Dovecot beside a test or a benchmark: own configuration, loopback only, any password for anybody. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePorts } from './ports.ts'
import { endProcess } from './processes.ts'

const program = '/usr/sbin/dovecot'

/** It runs as root only: it gives each service another user. */
const parts = [program, ...['imap', 'pop3', 'lmtp'].map(name => `/usr/lib/dovecot/${name}`)]
export const dovecotInstalled = parts.every(path => existsSync(path)) && process.getuid?.() === 0
if (!dovecotInstalled) {
  console.warn('\n*** SKIPPED: no Dovecot (Debian: dovecot-imapd dovecot-lmtpd dovecot-pop3d), or not root. ***\n')
}

/** Debian's `mail`: whom the Maildirs belong to. */
const mailId = 8

export interface DovecotPorts {
  readonly imap: number
  readonly pop3: number
  readonly lmtp: number
}

export class Dovecot {
  readonly ports: DovecotPorts
  readonly #home: string
  readonly #child: ChildProcess

  private constructor(home: string, ports: DovecotPorts, child: ChildProcess) {
    this.#home = home
    this.ports = ports
    this.#child = child
  }

  /** Resolves when it takes connections. `settings` are more lines of configuration. */
  static async start(settings: readonly string[] = []): Promise<Dovecot> {
    const home = await mkdtemp(join(tmpdir(), 'dovecot-'))
    await chmod(home, 0o755)
    const [imap = 0, pop3 = 0, lmtp = 0] = await freePorts(3)
    const ports = { imap, pop3, lmtp }
    await mkdir(join(home, 'mail'))
    await chown(join(home, 'mail'), mailId, mailId)
    const file = join(home, 'dovecot.conf')
    await writeFile(file, [...configuration(home, ports), ...settings, ''].join('\n'))
    const child = spawn(program, ['-F', '-c', file], { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.on('data', chunk => {
      said += chunk
    })
    const dovecot = new Dovecot(home, ports, child)
    try {
      for (const port of Object.values(ports)) await answering(port, () => child.exitCode === null)
    } catch (error) {
      const log = await readFile(join(home, 'log'), 'utf8').catch(() => '')
      await dovecot.end()
      throw new Error(`Dovecot does not start: ${said}${log}`, { cause: error })
    }
    return dovecot
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** A user's Maildir; of `INBOX` unless a folder is named (its folders are `.Name` below). */
  maildir(user: string, folder?: string): string {
    return join(this.#home, 'mail', user, folder === undefined ? '' : `.${folder}`)
  }

  /** Hands a Maildir that was written by hand over to it. */
  own(user: string): void {
    spawnSync('chown', ['-R', `${mailId}:${mailId}`, this.maildir(user)])
  }

  async end(): Promise<void> {
    await endProcess(this.#child)
    await rm(this.#home, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }
}

function configuration(home: string, ports: DovecotPorts): string[] {
  return [
    `base_dir = ${home}/run`,
    `state_dir = ${home}/state`,
    `log_path = ${home}/log`,
    'protocols = imap pop3 lmtp',
    'listen = 127.0.0.1',
    'ssl = no',
    'disable_plaintext_auth = no',
    'auth_mechanisms = plain login',
    'auth_username_format = %Ln',
    `mail_location = maildir:${home}/mail/%n`,
    `first_valid_uid = ${mailId}`,
    `mail_uid = ${mailId}`,
    `mail_gid = ${mailId}`,
    'mail_max_userip_connections = 1000',
    'passdb {\n  driver = static\n  args = nopassword=y\n}',
    `userdb {\n  driver = static\n  args = uid=${mailId} gid=${mailId} home=${home}/mail/%n allow_all_users=yes\n}`,
    loginService('imap', ports.imap),
    loginService('pop3', ports.pop3),
    `service lmtp {\n  inet_listener lmtp {\n    address = 127.0.0.1\n    port = ${ports.lmtp}\n  }\n}`,
    'namespace inbox {\n  inbox = yes\n}',
  ]
}

function loginService(name: string, port: number): string {
  const listener = (kind: string, at: number) => `  inet_listener ${kind} {\n    port = ${at}\n  }\n`
  return `service ${name}-login {\n${listener(name, port)}${listener(`${name}s`, 0)}}`
}

const startMsMax = 20_000

/** Polls: nothing tells when a foreign program listens. */
export async function answering(port: number, alive: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + startMsMax
  for (;;) {
    const open = await new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy()
        resolve(true)
      })
      socket.once('error', () => resolve(false))
    })
    if (open) return
    if (!alive() || performance.now() > giveUpAt) throw new Error(`nobody listens on port ${port}`)
    await pause(20)
  }
}
