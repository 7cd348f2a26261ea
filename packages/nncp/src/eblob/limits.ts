import { FormatError } from '../errors.ts'
import { checkedLimit } from '../limits.ts'

/** How hard it is made to try passphrases (NNCP manual, "nncp-cfgenc"). */
export interface EblobCost {
  /** Memory of one job, in blocks of 32 bytes. */
  readonly spaceBlocks: number
  readonly rounds: number
  readonly jobs: number
}

/** What opening one may cost: its cost stands in the blob, and whoever made it chose it. */
export interface EblobLimits {
  readonly memoryBytesMax: number
  /** Hashes of all jobs together; NNCP's own cost makes 7.4 million. */
  readonly hashesMax: number
  /** Of what is sealed in it. */
  readonly contentBytesMax: number
}

/** What `nncp-cfgenc` takes unless it is told otherwise. */
export const eblobCost: EblobCost = { spaceBlocks: 32_768, rounds: 16, jobs: 2 }

const defaults: EblobLimits = {
  memoryBytesMax: 64 * 1024 * 1024,
  hashesMax: 60_000_000,
  contentBytesMax: 4 * 1024 * 1024,
}

export const blockBytes = 32
/** For each block in each round: itself, and three others that are chosen and mixed in. */
const hashesPerBlockAndRound = 7

export function hashesOf({ spaceBlocks, rounds, jobs }: EblobCost): number {
  return jobs * spaceBlocks * (1 + rounds * hashesPerBlockAndRound)
}

/** The defaults with `given` in their places. Throws RangeError for what is no positive whole number. */
export function eblobLimits(given: Partial<EblobLimits> = {}): EblobLimits {
  const limits = { ...defaults, ...given }
  for (const [name, value] of Object.entries(limits)) checkedLimit(name, value)
  return limits
}

/** Throws FormatError `too-large`, `bad-size` for a cost of nothing. */
export function checkCost(cost: EblobCost, limits: EblobLimits): void {
  if (Object.values(cost).some(part => part < 1)) throw new FormatError('bad-size', 'a cost of the eblob is 0')
  if (cost.spaceBlocks * blockBytes > limits.memoryBytesMax) {
    throw new FormatError('too-large', `opening the eblob takes more than ${limits.memoryBytesMax} bytes of memory`)
  }
  if (hashesOf(cost) > limits.hashesMax) {
    throw new FormatError('too-large', `opening the eblob takes more than ${limits.hashesMax} hashes`)
  }
}
