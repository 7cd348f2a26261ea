/**
 * A letter handed to a program: the envelope in its arguments, the letter on its standard input.
 *
 * What is put into the arguments is data: each word of the operator stays one word, no shell sees it, and addresses
 * were judged before (they hold no blanks, quotes or leading dashes). The letter is a file: should the node die, the
 * program still reads all of it.
 */
import { homedir } from 'node:os'
import type { RandomSource } from '@posthorn/nncp'
import type { Clock } from '../../base/clock.ts'
import { withLfEnds } from '../../base/line-ends.ts'
import { type ProgramEnd, runProgram } from '../../base/program/run.ts'
import { inputFile } from '../../stores/files/index.ts'
import type { Handover } from '../../stores/queue/index.ts'
import type { Body } from '../../stores/spool/spool.ts'
import { gatewayLimits } from './limits.ts'
import type { HandedOver, Verdict } from './verdict.ts'

export interface CommandWay {
  /** The program by its absolute path, and its arguments with placeholders. */
  readonly words: readonly string[]
  readonly timeoutMs: number
  readonly lineEnds: 'lf' | 'crlf'
  /** A line `From sender date` before the letter, as UUCP wants it. */
  readonly fromLine: boolean
  /** A `Return-Path` before the letter. */
  readonly returnPath: boolean
  /** Stands for the sender of a bounce, which has none. */
  readonly nullSender: string
}

export interface LetterForProgram {
  readonly handover: Handover
  readonly body: Body
}

export interface CommandOptions {
  /** A private folder. */
  readonly directory: string
  readonly random: RandomSource
  readonly clock: Clock
  readonly signal: AbortSignal
}

const outputBytesMax = 16 * 1024

/** Rejects with an AbortError, or with what reading the letter or writing its file says. */
export async function handToProgram(
  way: CommandWay,
  letter: LetterForProgram,
  options: CommandOptions,
): Promise<HandedOver> {
  const { directory, random, clock, signal } = options
  const { envelope } = letter.handover
  const limits = { directory, random, signal, sizeBytesMax: Number.MAX_SAFE_INTEGER }
  const input = await inputFile(inputOf(way, letter, clock.now()), limits)
  try {
    const environment = {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: homedir(),
      LANG: 'C.UTF-8',
    }
    const command = expand(way, { sender: envelope.returnPath, recipients: envelope.recipients })
    const program = { command, environment, input: input.fd }
    const end = await runProgram(program, { timeoutMs: way.timeoutMs, outputBytesMax, clock, signal })
    const verdict = verdictOf(end)
    const verdicts = new Map(envelope.recipients.map(address => [address, verdict]))
    if (end.neverRan === true)
      return { verdicts: new Map(), unreachable: `${way.words[0]} ${end.how}`, tellsSenders: false }
    return { verdicts, tellsSenders: false }
  } finally {
    await input.close()
  }
}

const placeholders = ['sender', 'recipient', 'local', 'domain'] as const
const placeholder = /\{([a-z-]*)\}/g

/** The first word with braces that stand for nothing; undefined when all is well. */
export function unknownPlaceholder(words: readonly string[]): string | undefined {
  return words.find(word => [...word.matchAll(placeholder)].some(([, name]) => !isPlaceholder(name)))
}

function isPlaceholder(name: string | undefined): boolean {
  return placeholders.some(known => known === name)
}

/** A word that names the recipient stands there once for each of them. */
export function expand(
  { words, nullSender }: Pick<CommandWay, 'words' | 'nullSender'>,
  { sender, recipients }: { sender: string; recipients: readonly string[] },
): string[] {
  const from = sender === '' ? nullSender : sender
  return words.flatMap(word => {
    const names = [...word.matchAll(placeholder)].map(([, name]) => name)
    if (!names.some(name => name !== 'sender')) return [word.replaceAll('{sender}', () => from)]
    return recipients.map(recipient => {
      const at = recipient.lastIndexOf('@')
      const values = { sender: from, recipient, local: recipient.slice(0, at), domain: recipient.slice(at + 1) }
      // In one go: what was put in is not looked at again.
      return word.replaceAll(placeholder, (all, name: string) => (name in values ? values[name as 'sender'] : all))
    })
  })
}

async function* inputOf(
  way: CommandWay,
  { handover, body }: LetterForProgram,
  now: number,
): AsyncGenerator<Uint8Array> {
  const sender = handover.envelope.returnPath
  const end = way.lineEnds === 'lf' ? '\n' : '\r\n'
  if (way.fromLine) yield Buffer.from(`From ${sender === '' ? way.nullSender : sender} ${asctime(now)}${end}`, 'ascii')
  if (way.returnPath) yield Buffer.from(`Return-Path: <${sender}>${end}`, 'ascii')
  yield* way.lineEnds === 'lf' ? withLfEnds(body.read()) : body.read()
}

/** `Sun Nov 22 05:46:58 2026`, in UTC. */
function asctime(now: number): string {
  const [, weekday, day, month, year, time] =
    /^(\w+), (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(now).toUTCString()) ?? []
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`
}

/** The exit statuses of sysexits.h that say: never. */
const failures: ReadonlyMap<number, string> = new Map([
  [65, '5.6.0'], // EX_DATAERR
  [67, '5.1.1'], // EX_NOUSER
  [68, '5.1.2'], // EX_NOHOST
  [69, '5.3.0'], // EX_UNAVAILABLE
  [77, '5.7.0'], // EX_NOPERM
])

function verdictOf(end: ProgramEnd): Verdict {
  if (end.done) return { kind: 'done', status: '2.0.0', reason: 'the program took it' }
  const said = (end.errors.trim() === '' ? end.output : end.errors).trim().replaceAll(/\s+/g, ' ')
  const words = said === '' ? '' : `: ${said}`
  const reason = `the program ${end.how}${words}`
    .replaceAll(/\p{Cc}/gu, '\ufffd')
    .slice(0, gatewayLimits.reasonLettersMax)
  const status = failures.get(end.status ?? 0)
  if (status === undefined) return { kind: 'later', status: '4.3.0', reason }
  return {
    kind: 'failed',
    status,
    reason,
    diagnostic: `x-unix; exit ${end.status}${words}`.slice(0, gatewayLimits.reasonLettersMax),
  }
}
