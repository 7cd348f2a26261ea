/** The room's entry; `directory.ts` says what it promises. */

export { isAppPassword } from './app-passwords.ts'
export { noBounds } from './bounds.ts'
export type * from './directory.ts'
export { defaultFileRules } from './directory.ts'
export { type DirectoryOptions, openDirectory } from './open-directory.ts'
export type * from './people.ts'
export type * from './web-callers.ts'
