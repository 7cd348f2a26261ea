/**
 * Names on the medium. NNCP's layout is `RECIPIENT/SENDER/PACKET`, each exactly 52 characters of Base32 (manual,
 * "nncp-xfer"); whatever has another name is not ours to touch, except what this file makes.
 */
import type { RandomSource } from '@posthorn/nncp'

/**
 * Begins like Syncthing's own temporary files: it neither sends such files to other devices nor takes them for
 * anything, and it clears them away after a day. nncp-xfer passes them over, because they are not Base32.
 */
const temporaryPrefix = '.syncthing.posthorn-'
const temporarySuffix = '.tmp'

/** Names for files that are being written; each carries the mark of the process that made it. */
export class TemporaryNames {
  readonly #mark: string
  #made = 0

  constructor(random: RandomSource) {
    this.#mark = `${temporaryPrefix}${Buffer.from(random(8)).toString('hex')}-`
  }

  next(): string {
    this.#made += 1
    return `${this.#mark}${this.#made}${temporarySuffix}`
  }

  /** Left behind by another process of this node: it was ended, or the stick was pulled, in the middle of a file. */
  isStale(name: string): boolean {
    return isTemporaryName(name) && !name.startsWith(this.#mark)
  }
}

export function isTemporaryName(name: string): boolean {
  return name.startsWith(temporaryPrefix) && name.endsWith(temporarySuffix)
}

/** Where a file goes whose bytes are not its hash: beside it, under a name nobody takes for a packet. */
export function badName(name: string, copy: number): string {
  return copy === 0 ? `${name}.bad` : `${name}.bad.${copy}`
}
