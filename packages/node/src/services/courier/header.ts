import { type EncryptedHeader, FormatError, type NodeId, readEncryptedHeader } from '@posthorn/nncp'
import { messageOf } from '../../base/errors.ts'

/** The header, or why the bytes are no packet for us. */
export function headerOf(bytes: Uint8Array, self: NodeId): EncryptedHeader | string {
  try {
    const header = readEncryptedHeader(bytes)
    return header.recipient === self ? header : 'it is sealed for another node'
  } catch (error) {
    if (error instanceof FormatError) return `it is no NNCP packet: ${messageOf(error)}`
    throw error
  }
}
