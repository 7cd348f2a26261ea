/** The room's entry; `journeys.ts` says what it promises. */
export type * from './journeys.ts'
export { memoryJourneys } from './memory.ts'
export { openJourneys } from './open-journeys.ts'
