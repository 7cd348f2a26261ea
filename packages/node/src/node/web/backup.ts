/**
 * A backup of the whole node, fetched in a browser: the same file as `posthorn backup` makes, by the same program in a
 * process of its own, so that the node goes on with its work. The passphrase goes in by standard input. It is kept in
 * memory until the backup is fetched, for minutes at most; what was fetched cannot be fetched again.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { PassThrough, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Clock } from '../../base/clock.ts'
import { messageOf, OperatingError } from '../../base/errors.ts'
import type { FindFile, Handlers } from '../../services/web-server/handlers.ts'
import { refusal } from '../people.ts'
import type { ServedNode } from '../served.ts'

const limits = { ticketMs: 2 * 60_000, wordsBytesMax: 4096 } as const

interface Ticket {
  readonly id: string
  readonly user: string
  readonly passphrase: string
  readonly until: number
}

export interface Backups {
  readonly handlers: Handlers<'backup.prepare'>
  /** Of the area `backups`. */
  readonly find: FindFile
}

/** @param program what runs the command line: the program and its first arguments. */
export function backups(node: ServedNode, clock: Clock, program = ownProgram()): Backups {
  /** One at a time: each reads the whole disk. */
  let ticket: Ticket | undefined
  let isRunning = false
  return {
    handlers: {
      async 'backup.prepare'({ passphrase }, { user }) {
        if (/[\r\n]/.test(passphrase)) throw refusal('bad-passphrase', 'A passphrase is one line.')
        if (isRunning) throw busy()
        const id = randomBytes(16).toString('base64url')
        ticket = { id, user, passphrase, until: clock.now() + limits.ticketMs }
        // Also when nobody fetches it, and when the clock is set back.
        const forget = () => {
          if (ticket?.id === id) ticket = undefined
        }
        setTimeout(forget, limits.ticketMs).unref()
        return { path: `/api/v1/backups/${id}`, sizeBytes: await sizeOf(node) }
      },
    },
    async find(key, { user, role }, signal) {
      const found = ticket
      if (found === undefined || found.id !== key || found.user !== user || role !== 'admin') return undefined
      ticket = undefined
      if (clock.now() > found.until) return undefined
      if (isRunning) throw busy()
      isRunning = true
      const over = () => {
        isRunning = false
      }
      try {
        const stream = await begin(node, { ...found, program, signal, over })
        const day = new Date(clock.now()).toISOString().slice(0, 10)
        const name = `posthorn-${node.name}-${day}.backup`
        return { stream, mime: 'application/octet-stream', name, inline: false, immutable: false }
      } catch (error) {
        over()
        throw error
      }
    },
  }
}

/** Waits for the first bytes, so that what is wrong at the beginning is told in words. */
async function begin(
  node: ServedNode,
  { program, passphrase, signal, over }: Ticket & { program: readonly string[]; signal: AbortSignal; over: () => void },
): Promise<Readable> {
  const [command = process.execPath, ...first] = program
  const args = [...first, 'backup', '-', '--home', node.home.path, '--passphrase-stdin']
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], signal, env: environment() })
  const { stdin, stdout, stderr } = child
  stdin.on('error', () => undefined)
  stdin.end(`${passphrase}\n`)
  let words = ''
  stderr.on('data', (chunk: Buffer) => {
    if (words.length < limits.wordsBytesMax) words += chunk.toString('utf8')
  })
  const ended = endOf(child)
  ended.then(over, over)
  const out = new PassThrough()
  const failed = (reason: string) => {
    node.log.warn('a backup in the web came to nothing', { reason })
    return new OperatingError(`The backup could not be made: ${reason}`, { code: 'backup-failed', retry: 'later' })
  }
  const pouring = pipeline(stdout, out, { end: false }).then(
    async () => {
      if ((await ended) === 0) out.end()
      else out.destroy(failed(wordsOf(words)))
    },
    (error: unknown) => out.destroy(failed(messageOf(error))),
  )
  out.once('close', () => child.kill())
  void pouring
  await Promise.race([once(out, 'readable'), ended])
  if (out.readableLength === 0 && (await ended) !== 0) throw failed(wordsOf(words))
  return out
}

/** Its exit code; null: it was ended, or could not be started. */
function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise(resolve => {
    child.once('error', () => resolve(null))
    child.once('close', code => resolve(code))
  })
}

function wordsOf(said: string): string {
  const lines = said.split('\n').filter(line => line.startsWith('posthorn: '))
  return lines.at(-1)?.slice('posthorn: '.length) ?? 'it was ended'
}

/** What a program needs to run, and no secret of whoever started this one. */
function environment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'LANG']
  return Object.fromEntries(names.flatMap(name => (process.env[name] === undefined ? [] : [[name, process.env[name]]])))
}

function ownProgram(): readonly string[] {
  return [process.execPath, process.argv[1] ?? '']
}

/** Letters and packets: what else there is, is small. */
async function sizeOf({ directory, mailbox, domain }: ServedNode): Promise<number> {
  let sizeBytes = 0
  for (const { name } of await directory.users.list()) {
    sizeBytes += (await mailbox.account(name, `${name}@${domain}`).quota()).usedBytes
  }
  return sizeBytes
}

function busy(): OperatingError {
  return new OperatingError('A backup is being made already. Wait until it is done.', {
    code: 'backup-busy',
    retry: 'later',
  })
}
