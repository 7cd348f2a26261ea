/**
 * Balloon hashing (Boneh, Corrigan-Gibbs, Schechter: "Balloon Hashing", 2016, with three dependencies a block, and in
 * its form for several cores) with BLAKE2b-256, as NNCP's eblobs use it. What the manual leaves open was found with
 * `nncp-cfgenc`: all numbers are 64 bits, big-endian; a job's salt is the salt and the job's number.
 */
import { joined } from '../bytes.ts'
import type { Suite } from '../suite.ts'
import { blockBytes, type EblobCost, hashesOf } from './limits.ts'

export interface BalloonInput {
  readonly suite: Pick<Suite, 'blake2b256'>
  readonly passphrase: Uint8Array
  readonly salt: Uint8Array
  readonly cost: EblobCost
  /** Called from time to time with the share that is done, 0 to 1: to show it, and to let others work. */
  readonly pause?: ((share: number) => Promise<void>) | undefined
}

const dependencies = 3
const hashesBetweenPauses = 8192
const numberBytes = 8

/** 32 bytes. Takes seconds by intention. */
export async function balloon(input: BalloonInput): Promise<Uint8Array> {
  const { suite, passphrase, salt, cost } = input
  const work = { done: 0, total: hashesOf(cost) }
  const mixed = new Uint8Array(blockBytes)
  for (let job = 0; job < cost.jobs; job += 1) {
    const end = await new Job(input, joined([salt, bigEndian(job)]), work).run()
    for (const [at, byte] of end.entries()) mixed[at] = (mixed[at] ?? 0) ^ byte
  }
  return suite.blake2b256(joined([passphrase, salt, mixed]))
}

class Job {
  readonly #input: BalloonInput
  readonly #salt: Uint8Array
  readonly #work: { done: number; readonly total: number }
  readonly #blocks: Uint8Array
  /** A message of a counter and two blocks, and one of a counter, the salt and three numbers; filled often. */
  readonly #pair = new Uint8Array(numberBytes + 2 * blockBytes)
  readonly #choice: Uint8Array
  #counter = 0

  constructor(input: BalloonInput, salt: Uint8Array, work: { done: number; readonly total: number }) {
    this.#input = input
    this.#salt = salt
    this.#work = work
    this.#blocks = new Uint8Array(input.cost.spaceBlocks * blockBytes)
    this.#choice = joined([new Uint8Array(numberBytes), salt, new Uint8Array(3 * numberBytes)])
  }

  async run(): Promise<Uint8Array> {
    const { passphrase, cost } = this.#input
    const { spaceBlocks, rounds } = cost
    this.#blocks.set(this.#hash(joined([new Uint8Array(numberBytes), passphrase, this.#salt])))
    for (let block = 1; block < spaceBlocks; block += 1) {
      this.#pair.set(this.#block(block - 1), numberBytes)
      this.#blocks.set(this.#hash(this.#pair.subarray(0, numberBytes + blockBytes)), block * blockBytes)
      await this.#breathe()
    }
    for (let round = 0; round < rounds; round += 1) {
      for (let block = 0; block < spaceBlocks; block += 1) {
        this.#mix(block, this.#block(block === 0 ? spaceBlocks - 1 : block - 1), 'before')
        for (let at = 0; at < dependencies; at += 1)
          this.#mix(block, this.#block(this.#chosen(round, block, at)), 'after')
        await this.#breathe()
      }
    }
    return this.#block(spaceBlocks - 1)
  }

  #block(index: number): Uint8Array {
    return this.#blocks.subarray(index * blockBytes, (index + 1) * blockBytes)
  }

  #mix(index: number, other: Uint8Array, where: 'before' | 'after'): void {
    const own = this.#block(index)
    this.#pair.set(where === 'before' ? other : own, numberBytes)
    this.#pair.set(where === 'before' ? own : other, numberBytes + blockBytes)
    own.set(this.#hash(this.#pair))
  }

  #chosen(round: number, block: number, at: number): number {
    const numbers = numberBytes + this.#salt.length
    for (const [place, value] of [round, block, at].entries()) {
      writeBigEndian(this.#choice, numbers + place * numberBytes, value)
    }
    const { spaceBlocks } = this.#input.cost
    let rest = 0
    for (const byte of this.#hash(this.#choice)) rest = (rest * 256 + byte) % spaceBlocks
    return rest
  }

  /** Each hash has its own number at its beginning. */
  #hash(message: Uint8Array): Uint8Array {
    writeBigEndian(message, 0, this.#counter)
    this.#counter += 1
    this.#work.done += 1
    return this.#input.suite.blake2b256(message)
  }

  #nextPause = hashesBetweenPauses

  async #breathe(): Promise<void> {
    if (this.#counter < this.#nextPause) return
    this.#nextPause = this.#counter + hashesBetweenPauses
    await this.#input.pause?.(this.#work.done / this.#work.total)
  }
}

function bigEndian(value: number): Uint8Array {
  const bytes = new Uint8Array(numberBytes)
  writeBigEndian(bytes, 0, value)
  return bytes
}

/** Numbers here stay below 2^32 by the limits; the upper half is written all the same. */
function writeBigEndian(bytes: Uint8Array, start: number, value: number): void {
  let rest = value
  for (let at = start + numberBytes - 1; at >= start; at -= 1) {
    bytes[at] = rest % 256
    rest = Math.floor(rest / 256)
  }
}
