/**
 * NNCP's formats, without I/O: this package turns bytes into packets and packets into bytes.
 *
 * It promises: constant memory whatever the size, a result or a `FormatError` for any input, and nothing taken from
 * the platform (no clock, no randomness, no files). Who calls it decides what to do with an error.
 */
export * from './ids.ts'
export * from './identity.ts'
export * from './suite.ts'
