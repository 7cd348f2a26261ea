/** The room's entry; `histories.ts` says what it promises. */
export type * from './histories.ts'
export { openHistories } from './open-histories.ts'
