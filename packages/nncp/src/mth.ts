import { withRoom } from './bytes.ts'
import type { Suite } from './suite.ts'

/** A Merkle tree hash in the making. `digest` ends it: `update` then throws. */
export interface MthHasher {
  /** Takes the next bytes, in pieces of any size; keeps no reference to them. */
  update(chunk: Uint8Array): void
  /** 32 bytes. */
  digest(): Uint8Array
}

/** Data is hashed in blocks of this size; packets are sealed in such blocks too. */
const leafBytes = 128 * 1024

interface MthKeys {
  readonly leafKey: Uint8Array
  readonly nodeKey: Uint8Array
}

const knownKeys = new WeakMap<Suite, MthKeys>()

function keysWith(suite: Suite): MthKeys {
  const known = knownKeys.get(suite)
  if (known !== undefined) return known
  const keyOf = (name: string) => suite.blake3(new TextEncoder().encode(`NNCP MTH ${name}`))
  const keys = { leafKey: keyOf('LEAF'), nodeKey: keyOf('NODE') }
  knownKeys.set(suite, keys)
  return keys
}

/**
 * NNCP's Merkle tree hash (manual, "Merkle Tree Hashing"), streaming: one block and a hash per level of the tree.
 *
 * Where the manual is silent, as the binaries do: no data is one empty block; a node without a sibling moves up as it
 * is; a tree of one block is that block's hash joined with itself.
 */
export function mthHasher(suite: Suite): MthHasher {
  const { leafKey, nodeKey } = keysWith(suite)
  /** Finished subtrees, at index n the one of 2^n leaves: the leaf count in binary. */
  const subtrees: (Uint8Array | undefined)[] = []
  let leaves = 0
  let partial: Uint8Array = new Uint8Array(0)
  let partialBytes = 0
  let root: Uint8Array | undefined

  function join(left: Uint8Array, right: Uint8Array): Uint8Array {
    const both = new Uint8Array(64)
    both.set(left)
    both.set(right, 32)
    return suite.blake3Keyed(nodeKey, both)
  }

  function addLeaf(block: Uint8Array): void {
    leaves += 1
    let hash = suite.blake3Keyed(leafKey, block)
    let level = 0
    for (let left = subtrees[level]; left !== undefined; left = subtrees[level]) {
      hash = join(left, hash)
      subtrees[level] = undefined
      level += 1
    }
    subtrees[level] = hash
  }

  function update(chunk: Uint8Array): void {
    if (root !== undefined) throw new Error('the hash is already finished')
    let offset = 0
    while (offset < chunk.length) {
      const wanted = leafBytes - partialBytes
      const piece = chunk.subarray(offset, offset + wanted)
      offset += piece.length
      if (partialBytes === 0 && piece.length === leafBytes) {
        addLeaf(piece)
        continue
      }
      const room = { filled: partialBytes, wanted: partialBytes + piece.length, sizeBytesMax: leafBytes }
      partial = withRoom(partial, room)
      partial.set(piece, partialBytes)
      partialBytes += piece.length
      if (partialBytes === leafBytes) {
        addLeaf(partial)
        partialBytes = 0
      }
    }
  }

  function digest(): Uint8Array {
    if (root === undefined) {
      if (partialBytes > 0 || leaves === 0) addLeaf(partial.subarray(0, partialBytes))
      const hashes = subtrees.filter(hash => hash !== undefined)
      const folded = hashes.reduce((right, left) => join(left, right))
      root = leaves === 1 ? join(folded, folded) : folded
    }
    return root.slice()
  }

  return { update, digest }
}
