/**
 * An IMAP4 server as a machine over a mailbox interface: bytes in, bytes out, no sockets, no clock, no files.
 */
export * from './mailbox.ts'
