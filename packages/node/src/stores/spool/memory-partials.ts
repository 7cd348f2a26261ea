import { mthHasher, type PacketId, packetIdFromBytes, type Suite } from '@posthorn/nncp'
import { MemoryStaged } from './memory-state.ts'
import type { PartialPacket, Partials } from './spool.ts'

export function memoryPartials(suite: Suite, seen: (id: PacketId) => boolean): Partials {
  const open = new Set<PacketId>()
  const kept = new Map<PacketId, Uint8Array>()
  return {
    async open(id, sizeBytes) {
      if (open.has(id)) return undefined
      open.add(id)
      const before = kept.get(id)
      kept.delete(id)
      const start = before !== undefined && before.length <= sizeBytes ? before : new Uint8Array(0)
      const chunks = [start]
      const partial: PartialPacket = {
        offsetBytes: start.length,
        async append(bytes) {
          chunks.push(Uint8Array.from(bytes))
        },
        async finish() {
          open.delete(id)
          const bytes = Uint8Array.from(Buffer.concat(chunks))
          const hasher = mthHasher(suite)
          hasher.update(bytes)
          const right = bytes.length === sizeBytes && packetIdFromBytes(hasher.digest()) === id
          return right ? new MemoryStaged(bytes, id) : 'bad-hash'
        },
        async keep() {
          open.delete(id)
          if (!seen(id)) kept.set(id, Uint8Array.from(Buffer.concat(chunks)))
        },
        async discard() {
          open.delete(id)
        },
      }
      return partial
    },
    list: async () => [...kept].map(([id, bytes]) => ({ id, sizeBytes: bytes.length, at: 0 })),
    async forget(id) {
      kept.delete(id)
    },
  }
}
