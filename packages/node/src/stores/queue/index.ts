/** The room's entry; `queue.ts` says what it promises. */
export { memoryQueue } from './memory.ts'
export { openQueue } from './open-queue.ts'
export type * from './queue.ts'
export { isOutlived } from './queue.ts'
