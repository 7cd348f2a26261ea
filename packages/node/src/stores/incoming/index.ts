/** The room's entry; `incoming.ts` says what it promises. */
export type * from './incoming.ts'
export { moveIncoming } from './moved.ts'
export { openIncoming } from './open-incoming.ts'
