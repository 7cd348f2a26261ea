import type { NodeId, PacketId } from '../ids.ts'
import { encodeRecords } from './extended.ts'
import { encodeHeader, fillerBytesAfter, nameBytesMax } from './header.ts'
import { plainSizeBytesMax } from './limits.ts'

export interface PacketToBundle {
  readonly recipient: NodeId
  readonly sender: NodeId
  readonly id: PacketId
  readonly sizeBytes: number
  /** Exactly `sizeBytes`. */
  readonly body: AsyncIterable<Uint8Array>
}

/** `nncp-bundle -rx` takes the regular member behind this one, and nothing else. */
const marker = encodeHeader({ type: '5', name: 'NNCP', mode: 0o700, sizeBytes: 0 })

/**
 * The packets as a bundle. It has no end mark, so that another can be appended. Throws RangeError when a body has not
 * the size it says; errors of `packets` and of bodies pass through.
 */
export async function* writeBundle(packets: AsyncIterable<PacketToBundle>): AsyncGenerator<Uint8Array, void> {
  for await (const packet of packets) {
    yield marker.slice()
    yield* headersOf(packet)
    let leftBytes = packet.sizeBytes
    for await (const chunk of packet.body) {
      leftBytes -= chunk.length
      if (leftBytes < 0) break
      yield chunk
    }
    if (leftBytes !== 0) throw new RangeError('a packet for a bundle has not the size it says')
    yield new Uint8Array(fillerBytesAfter(packet.sizeBytes))
  }
}

function* headersOf({ recipient, sender, id, sizeBytes }: PacketToBundle): Iterable<Uint8Array> {
  const prefix = `NNCP/${recipient}/${sender}`
  if (sizeBytes <= plainSizeBytesMax) {
    yield encodeHeader({ type: '0', name: id, prefix, mode: 0o400, sizeBytes })
    return
  }
  const path = `${prefix}/${id}`
  const name = path.slice(0, nameBytesMax)
  const records = encodeRecords(path, sizeBytes)
  yield encodeHeader({ type: 'x', name, mode: 0, sizeBytes: records.length })
  yield records
  yield new Uint8Array(fillerBytesAfter(records.length))
  yield encodeHeader({ type: '0', name, mode: 0o400, sizeBytes: 0 })
}
