/**
 * NNCP's configuration (manual, "Configuration options"): from a parsed file to checked types, and back to its text.
 *
 * It promises: everything that is wrong is told at once, each with its path and without any value (there are keys
 * among them); what it accepts is whole (ids are the hashes of their keys, private keys belong to public ones, relays
 * and subscribers are there); what it prints, NNCP and it read as the same. Parsing Hjson, files and passphrases belong
 * to others.
 */
export { nncpConfigLimits } from './limits.ts'
export { type NncpConfigComments, nncpConfigValue, printNncpConfig } from './print.ts'
export { type NncpConfigRead, readNncpConfig } from './read.ts'
export { type NncpTree, treeToNncpValue } from './tree.ts'
export * from './types.ts'
