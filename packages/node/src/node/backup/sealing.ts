/**
 * A stream sealed with a passphrase, in the format of age (https://age-encryption.org/v1): `age -d` opens it too.
 *
 * It promises: flat memory; of what comes out of `unsealed` nothing was altered, moved or left out, and its end is the
 * end that was sealed: a stream that was cut, at whatever place, ends with an error. Bytes come out block by block
 * before the end was seen: who acts on them before that must be able to undo it.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { RandomSource } from '@posthorn/nncp'
import { brokenBackup } from './errors.ts'
import { makeHeader, openHeader, payloadKey } from './header.ts'
import { backupLimits } from './limits.ts'

const nonceBytes = 16
/** Of content in each block but the last; then the tag. */
const blockBytes = 64 * 1024
const tagBytes = 16

export interface SealOptions {
  readonly passphrase: Uint8Array
  readonly random: RandomSource
  /** Less than usual for tests. */
  readonly costLog?: number
}

/** What to write, made of `source`. Chunks may be kept. */
export async function* sealed(
  source: AsyncIterable<Uint8Array>,
  { passphrase, random, costLog = backupLimits.costLog }: SealOptions,
): AsyncGenerator<Uint8Array> {
  const { text, fileKey } = await makeHeader(passphrase, costLog, random)
  const nonce = random(nonceBytes)
  const key = payloadKey(fileKey, nonce)
  yield Buffer.concat([Buffer.from(text, 'latin1'), nonce])
  const blocks = new Blocks(blockBytes)
  let number = 0
  for await (const chunk of source) {
    for (const block of blocks.add(chunk)) {
      yield* seal(block, key, blockNonce(number, false))
      number += 1
    }
  }
  yield* seal(blocks.rest(), key, blockNonce(number, true))
}

/**
 * What was sealed.
 * @throws OperatingError `not-a-backup`, `wrong-passphrase`, `backup-broken`.
 */
export async function* unsealed(
  source: AsyncIterable<Uint8Array>,
  { passphrase }: { readonly passphrase: Uint8Array },
): AsyncGenerator<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]()
  try {
    const head = await takeHead(chunks)
    const { text, fileKey } = await openHeader(head, passphrase)
    const payload = head.subarray(text.length)
    if (payload.length < nonceBytes) throw brokenBackup('it was cut')
    const key = payloadKey(fileKey, payload.subarray(0, nonceBytes))
    const blocks = new Blocks(blockBytes + tagBytes)
    let number = 0
    for (let chunk: Uint8Array | undefined = payload.subarray(nonceBytes); chunk; chunk = await next(chunks)) {
      for (const block of blocks.add(chunk)) {
        yield open(block, key, { number, last: false })
        number += 1
      }
    }
    yield open(blocks.rest(), key, { number, last: true })
  } finally {
    await chunks.return?.()
  }
}

async function next(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  const { done, value } = await chunks.next()
  return done === true ? undefined : value
}

/** As many bytes as the header and the nonce may take, or as there are. */
async function takeHead(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let head = Buffer.alloc(0)
  while (head.length < backupLimits.headerBytesMax + nonceBytes) {
    const chunk = await next(chunks)
    if (chunk === undefined) break
    head = Buffer.concat([head, chunk])
  }
  return head
}

/** Cuts a stream into blocks of one size. The last one is never given out by `add`, so that `rest` has it. */
class Blocks {
  readonly #sizeBytes: number
  #block: Buffer
  #filledBytes = 0

  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes
    this.#block = Buffer.allocUnsafe(sizeBytes)
  }

  *add(chunk: Uint8Array): Generator<Uint8Array> {
    for (let rest = chunk; rest.length > 0; ) {
      if (this.#filledBytes === this.#sizeBytes) {
        yield this.#block
        this.#filledBytes = 0
      }
      const piece = rest.subarray(0, this.#sizeBytes - this.#filledBytes)
      this.#block.set(piece, this.#filledBytes)
      this.#filledBytes += piece.length
      rest = rest.subarray(piece.length)
    }
  }

  rest(): Uint8Array {
    return this.#block.subarray(0, this.#filledBytes)
  }
}

function* seal(content: Uint8Array, key: Uint8Array, nonce: Uint8Array): Generator<Uint8Array> {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: tagBytes })
  yield cipher.update(content)
  cipher.final()
  yield cipher.getAuthTag()
}

function open(
  block: Uint8Array,
  key: Uint8Array,
  { number, last }: { readonly number: number; readonly last: boolean },
): Uint8Array {
  const content = opened(block, key, blockNonce(number, last))
  // Only a stream of nothing has an empty block.
  if (content !== undefined && (content.length > 0 || number === 0)) return content
  const cut = last && (block.length === 0 || opened(block, key, blockNonce(number, false)) !== undefined)
  throw brokenBackup(cut ? 'it was cut' : 'it was altered, or cut')
}

function opened(block: Uint8Array, key: Uint8Array, nonce: Uint8Array): Uint8Array | undefined {
  if (block.length < tagBytes) return undefined
  const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: tagBytes })
  decipher.setAuthTag(block.subarray(block.length - tagBytes))
  const content = decipher.update(block.subarray(0, block.length - tagBytes))
  try {
    decipher.final()
    return content
  } catch {
    return undefined
  }
}

/** STREAM: the number of the block, and whether it is the last. */
function blockNonce(number: number, last: boolean): Uint8Array {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(number, 5, 6)
  nonce[11] = last ? 1 : 0
  return nonce
}
