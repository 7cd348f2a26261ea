/**
 * A POP3 server (RFC 1939) as a machine over the same mailbox interface as IMAP: bytes in, bytes out.
 *
 * It promises: letters have the same UIDL for ever; what a client did not ask to delete stays; what it did ask to
 * delete is gone when QUIT is answered `+OK`, and stays when the connection ends in any other way. Letters are streamed
 * and never in memory as a whole. What the store does wrong is an event and `-ERR [SYS/TEMP]`; nothing is ever thrown
 * at the host.
 */
export type { MailAccount } from '../mailbox.ts'
export type { LoginRefusal } from '../session/types.ts'
export { type Pop3Connection, pop3Connection } from './connection.ts'
export { defaultPop3Limits, type Pop3Limits } from './limits.ts'
export type { Pop3Event, Pop3ServerOptions, Pop3State } from './types.ts'
