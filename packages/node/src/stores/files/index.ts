/**
 * How the stores touch the disk: durable operations that a test can make fail, and streams taken in within limits.
 *
 * They fail with `disk-full`, `disk-failed` (retry `later`) or `too-large` (retry `never`), and clean up after it.
 */
export * from './disk-error.ts'
export * from './durable-files.ts'
export * from './input-file.ts'
export * from './read-file.ts'
export * from './take-in.ts'
export * from './write-file.ts'
