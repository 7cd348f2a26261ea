/** The room's entry; `mailbox.ts` says what it promises. */
export type * from './mailbox.ts'
export { type MailboxOptions, openMailbox } from './open-mailbox.ts'
