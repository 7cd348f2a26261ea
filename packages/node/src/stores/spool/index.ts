/** The room's entry; `spool.ts` says what it promises. */
export type * from './envelope.ts'
export type * from './keeping.ts'
export { outcomes } from './keeping.ts'
export { openSpool, type SpoolOptions } from './open-spool.ts'
export type * from './recall.ts'
export type * from './spool.ts'
export * from './tombstone.ts'
export type * from './upkeep.ts'
