/**
 * NNCP's formats and session, without I/O: this package turns bytes into packets and packets into bytes.
 *
 * It promises: constant memory whatever the size, a result or a `FormatError` for any input, and nothing taken from
 * the platform (no clock, no randomness, no files). Who calls it decides what to do with an error.
 */
export * from './archive/index.ts'
export * from './area/index.ts'
export * from './base32.ts'
export * from './bundle/index.ts'
export * from './chunk/index.ts'
export * from './config/index.ts'
export * from './eblob/index.ts'
export * from './errors.ts'
export * from './identity.ts'
export * from './ids.ts'
export { type OpenLimits, onionRelaysMax, openLimits } from './limits.ts'
export * from './mth.ts'
export * from './niceness.ts'
export {
  type EncryptedHeader,
  encodeEncryptedHeader,
  encryptedHeaderBytes,
  readEncryptedHeader,
  verifyEncryptedHeader,
} from './packet/encrypted.ts'
export * from './packet/onion.ts'
export * from './packet/open.ts'
export * from './packet/path.ts'
export * from './packet/plain.ts'
export * from './packet/seal.ts'
export * from './session/index.ts'
export * from './suite.ts'
export * from './xdr.ts'
