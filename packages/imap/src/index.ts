/**
 * An IMAP4 server as a machine over a mailbox interface: bytes in, bytes out, no sockets, no clock, no files.
 *
 * The host feeds bytes and the time, writes what `output` yields and gives it the mail of the person who logged in
 * (`MailAccount`). What a client does wrong is answered; what the store does wrong is an event and a NO; nothing is
 * ever thrown at the host.
 */

export { type ImapConnection, imapConnection } from './connection.ts'
export { defaultLimits, type ImapLimits } from './limits.ts'
export * from './mailbox.ts'
export type { NotedHead } from './message/head.ts'
export { isReadableField } from './message/message-text.ts'
export { type MessageNote, messageNote } from './message/note.ts'
export type { TextPlace } from './message/search-text.ts'
export type { MessageSummary, SummaryField } from './message/summary.ts'
export type { ImapOutput } from './respond/output.ts'
export type { ImapEvent, ImapServerOptions, ImapState, LoginRefusal } from './session/types.ts'
