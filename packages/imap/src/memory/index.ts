/**
 * A mail account in memory that behaves as a store must: UIDs ascend and are never used again, UIDVALIDITY stays,
 * every change has its modification sequence, changes are told by hints. For tests and simulations; it loses all when
 * the process ends, and reads whole messages.
 */
export { type MemoryAccount, type MemoryAccountOptions, memoryAccount } from './account.ts'
export { memoryNotes } from './notes.ts'
