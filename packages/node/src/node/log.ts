/**
 * The log, on standard error: lines of JSON (pino) for a journal or a file; on a terminal one short line for each,
 * since there a person looks. The latest of it is kept in the home as well: see `log-file.ts`.
 */
import { pino, stdTimeFunctions } from 'pino'
import type { Log, LogFields } from '../base/log.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export interface LogDestination {
  write(line: string): void
}

export interface LogOptions {
  readonly level: LogLevel
  /** Instead of standard error. */
  readonly destination?: LogDestination
  /** Besides. */
  readonly file?: LogDestination
}

export function openLog(options: LogOptions): Log {
  const { file } = options
  const shown = options.destination ?? (process.stderr.isTTY ? terminal : process.stderr)
  const both: LogDestination = {
    write(line) {
      file?.write(line)
      shown.write(line)
    },
  }
  const formatters = { level: (label: string) => ({ level: label }) }
  const settings = { level: options.level, base: null, timestamp: stdTimeFunctions.isoTime, formatters }
  return wrap(pino(settings, both))
}

const terminal: LogDestination = { write: line => void process.stderr.write(shortLine(line)) }

/** `12:05:59 warn  packet set aside (reason: …)`. */
export function shortLine(line: string): string {
  const { level, time, msg, ...fields } = JSON.parse(line) as { level: string; time: string; msg: string }
  const facts = Object.entries(fields).map(([key, value]) => `${key}: ${plain(value)}`)
  const tail = facts.length === 0 ? '' : ` (${facts.join(', ')})`
  return `${time.slice(11, 19)} ${level.padEnd(5)} ${msg}${tail}\n`
}

/** Values may come from outside: nothing in them reaches the terminal as a control character. */
function plain(value: unknown): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).replace(/\p{Cc}/gu, '?')
}

type Line = (fields: LogFields, message: string) => void
interface Sink {
  readonly debug: Line
  readonly info: Line
  readonly warn: Line
  readonly error: Line
  child(fields: LogFields): Sink
}

function wrap(sink: Sink): Log {
  return {
    debug: (message, fields = {}) => sink.debug(fields, message),
    info: (message, fields = {}) => sink.info(fields, message),
    warn: (message, fields = {}) => sink.warn(fields, message),
    error: (message, fields = {}) => sink.error(fields, message),
    with: fields => wrap(sink.child(fields)),
  }
}
