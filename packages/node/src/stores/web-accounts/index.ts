/** The room's entry; `web-accounts.ts` says what it promises. */
export { openWebAccounts } from './open-web-accounts.ts'
export type * from './web-accounts.ts'
