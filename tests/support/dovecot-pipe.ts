/** Debian's Dovecot on letters of a test: its IMAP program over a pipe, without ports, daemons or system users. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chown, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endProcess } from './processes.ts'

const program = '/usr/lib/dovecot/imap'
export const dovecotInstalled = existsSync(program)
if (!dovecotInstalled) process.stderr.write('SKIPPED: Dovecot is not installed (apt install dovecot-imapd)\n')

/** It refuses to work for root. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined

export interface DovecotLetter {
  readonly bytes: Uint8Array
  /** Seconds since 1970. */
  readonly internalDate: number
}

export class DovecotMail {
  readonly #folder: string
  #child: ChildProcess | undefined
  #tags = 0

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** Letters get their UIDs in this order, from 1. */
  static async make(letters: Iterable<DovecotLetter>): Promise<DovecotMail> {
    const folder = await mkdtemp(join(tmpdir(), 'posthorn-dovecot-'))
    const mail = new DovecotMail(folder)
    const own = async (path: string) => nobody && chown(path, nobody.uid, nobody.gid)
    await own(folder)
    for (const name of ['Maildir', 'Maildir/cur', 'Maildir/new', 'Maildir/tmp']) {
      await mkdir(join(folder, name))
      await own(join(folder, name))
    }
    const configuration = [
      'protocols = imap',
      'ssl = no',
      `mail_location = maildir:${join(folder, 'Maildir')}`,
      `base_dir = ${join(folder, 'run')}`,
      'log_path = /dev/null',
      'stats_writer_socket_path =',
    ]
    await writeFile(join(folder, 'dovecot.conf'), `${configuration.join('\n')}\n`)
    let number = 0
    for (const { bytes, internalDate } of letters) {
      number += 1
      const path = join(folder, 'Maildir/cur', `${String(1_000_000_000 + number)}.M${number}.corpus:2,`)
      await writeFile(path, bytes)
      await utimes(path, internalDate, internalDate)
      await own(path)
    }
    return mail
  }

  /** Answers the untagged lines. @throws when the answer is not OK */
  async ask(command: string): Promise<string[]> {
    this.#child ??= this.#start()
    const { stdin, stdout } = this.#child
    this.#tags += 1
    const tag = `d${this.#tags}`
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      const take = (chunk: Buffer) => {
        chunks.push(chunk)
        const tail = Buffer.concat(chunks.slice(-4)).toString('latin1').slice(-4096)
        if (!new RegExp(`(?:^|\\n)${tag} .*\\r\\n$`).test(tail)) return
        stdout?.off('data', take)
        const lines = Buffer.concat(chunks).toString('latin1').split('\r\n').slice(0, -1)
        const last = lines.pop() ?? ''
        if (last.startsWith(`${tag} OK`)) resolve(lines)
        else reject(new Error(`${command}: ${last}`))
      }
      stdout?.on('data', take)
      stdin?.write(Buffer.from(`${tag} ${command}\r\n`, 'latin1'))
    })
  }

  #start(): ChildProcess {
    const env = { PATH: process.env['PATH'], USER: 'corpus', HOME: this.#folder, TZ: 'UTC' }
    const stdio: ['pipe', 'pipe', 'inherit'] = ['pipe', 'pipe', 'inherit']
    return spawn(program, ['-c', join(this.#folder, 'dovecot.conf')], { env, stdio, ...nobody })
  }

  async remove(): Promise<void> {
    if (this.#child !== undefined) await endProcess(this.#child)
    await rm(this.#folder, { recursive: true, force: true })
  }
}
