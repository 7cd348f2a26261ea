import { FormatError } from '../errors.ts'

/** The first eight bytes of every NNCP format: five letters, two zeros, a version. */
export interface Magic {
  readonly letters: string
  readonly version: number
}

/** Packets that travel and lie in spools. */
export const encryptedMagic: Magic = { letters: 'NNCPE', version: 6 }

/** What is inside them. */
export const plainMagic: Magic = { letters: 'NNCPP', version: 3 }

/** Files that describe the chunks of another. */
export const chunkedMagic: Magic = { letters: 'NNCPM', version: 2 }

export function bytesOfMagic(magic: Magic): Uint8Array {
  const bytes = new Uint8Array(8)
  bytes.set(new TextEncoder().encode(magic.letters))
  bytes[7] = magic.version
  return bytes
}

/** Throws FormatError `bad-magic` when the letters differ, `bad-version` when only what follows them does. */
export function checkMagic(found: Uint8Array, magic: Magic): void {
  const wanted = bytesOfMagic(magic)
  const different = wanted.findIndex((byte, index) => byte !== found[index])
  if (different === -1) return
  if (different < magic.letters.length) throw new FormatError('bad-magic', `does not begin with ${magic.letters}`)
  throw new FormatError('bad-version', `${magic.letters} of another version than ${magic.version}`)
}
