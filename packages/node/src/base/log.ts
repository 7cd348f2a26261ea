/** Facts beside a message. `packetId` or `messageId` stands on every line about a letter. Never a secret. */
export type LogFields = Readonly<Record<string, unknown>>

/** A static message plus fields: the message can be searched for, the fields tell the case. */
export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A log that adds `fields` to each of its lines. */
  with(fields: LogFields): Log
}

/** Says nothing: for tests and for libraries used alone. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  with: () => silentLog,
}
