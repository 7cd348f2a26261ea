/** What the tests of this package share: repeatable randomness, contents, streams. */
import { joined } from './bytes.ts'
import { FormatError } from './errors.ts'
import { generateIdentity } from './identity.ts'
import { pureSuite } from './pure.ts'
import type { RandomSource } from './suite.ts'

/** Bytes that depend on the seed alone. */
export function seededRandom(seed: string): RandomSource {
  return pureSuite.blake3Xof(pureSuite.blake3(new TextEncoder().encode(seed)))
}

export const alice = generateIdentity(pureSuite, seededRandom('alice'))
export const bob = generateIdentity(pureSuite, seededRandom('bob'))
export const carol = generateIdentity(pureSuite, seededRandom('carol'))

/** The content that vectors/make.mjs gives to a size. */
export function content(sizeBytes: number): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, (_, i) => (i * 31 + (i >> 8)) & 255)
}

export async function* streamOf(bytes: Uint8Array, chunkBytes = bytes.length): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += chunkBytes) yield bytes.slice(offset, offset + chunkBytes)
}

export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of stream) parts.push(part)
  return joined(parts)
}

/** The code with which `attempt` refuses; `undefined` when it does not. Other errors than FormatError pass through. */
export function refusal(attempt: () => unknown): string | undefined {
  try {
    attempt()
    return undefined
  } catch (error) {
    if (error instanceof FormatError) return error.code
    throw error
  }
}
