/** The room's entry; `notices.ts` says what it promises. */
export type * from './notices.ts'
export { openNotices } from './open-notices.ts'
