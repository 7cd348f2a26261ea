/**
 * The log as lines of JSON on standard error (pino), for a journal or a file; quiet words for people come from the
 * CLI.
 */
import { pino, stdTimeFunctions } from 'pino'
import type { Log, LogFields } from '../base/log.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export function openLog(options: { level: LogLevel; destination?: NodeJS.WritableStream }): Log {
  const settings = {
    level: options.level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: levelName },
  }
  return wrap(pino(settings, options.destination ?? process.stderr))
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

function levelName(label: string): { level: string } {
  return { level: label }
}
