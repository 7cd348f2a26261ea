import { type ParcelRig, parcelTransportContract } from '../contract/parcel.ts'
import { MemoryMedium, memoryTransport } from './index.ts'

parcelTransportContract('memory', async (): Promise<ParcelRig> => {
  const medium = new MemoryMedium()
  return {
    transport: memoryTransport({ medium: () => medium }),
    at: new URL('file:///stick'),
    plant: async (path, bytes) => medium.put(path, bytes),
    list: async () => medium.list(),
    read: async path => medium.get(path) ?? new Uint8Array(),
    unplug: async () => {
      medium.plugged = false
    },
    plugIn: async () => {
      medium.plugged = true
    },
    setFreeBytes: freeBytes => {
      medium.capacityBytes = medium.usedBytes + freeBytes
    },
    close: async () => {},
  }
})
