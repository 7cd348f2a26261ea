/** Files and requests on their way out: sealed, committed, and only then said to be on their way. */
import type { PacketId } from '@posthorn/nncp'
import { present } from '../../base/assert.ts'
import { OperatingError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { NewOutbound } from '../../stores/spool/spool.ts'
import {
  chunkBytesMin,
  type FileToSeal,
  lastPacketOf,
  type RequestToSeal,
  sealFile,
  sealRequest,
} from './outgoing-files.ts'
import type { SealContext } from './seal.ts'

export interface FilesOut {
  /**
   * Resolves when every packet of the file is in the outbox; before that none of them is.
   * @throws OperatingError `bad-file-name`, `chunk-too-small`, `too-large`, `too-many-chunks`, and what the body and
   * the spool say.
   */
  sendFile(
    file: Omit<FileToSeal, 'at'>,
    signal: AbortSignal,
  ): Promise<{ readonly packetId: PacketId; readonly packets: number; readonly bytes: number }>
  requestFile(request: Omit<RequestToSeal, 'at'>, signal: AbortSignal): Promise<{ readonly packetId: PacketId }>
}

interface FilesOutContext {
  readonly seal: SealContext
  readonly log: Log
  now(): number
  readonly departed: () => void
}

export function filesOut(context: FilesOutContext, stopping: AbortSignal): FilesOut {
  const { seal, log, departed } = context
  const commit = async (outbound: readonly NewOutbound[]): Promise<PacketId> => {
    try {
      await seal.spool.outbox.commit(outbound)
    } finally {
      for (const { staged } of outbound) await staged.discard()
    }
    departed()
    return present(lastPacketOf(outbound), 'a packet of a file')
  }
  return {
    async sendFile(file, asked) {
      if (file.chunkBytes !== null && file.chunkBytes < chunkBytesMin) {
        const message = `A chunk has at least ${chunkBytesMin} bytes: smaller ones cost more than they help.`
        throw new OperatingError(message, { code: 'chunk-too-small', retry: 'never' })
      }
      const signal = AbortSignal.any([asked, stopping])
      let bytes = 0
      const onProgress: FileToSeal['onProgress'] = sealed => {
        bytes = sealed.bytes
        file.onProgress?.(sealed)
      }
      const outbound = await sealFile(seal, { ...file, onProgress, at: context.now() }, signal)
      const packetId = await commit(outbound)
      const packets = outbound.length
      log.info('file queued', { packetId, neighbour: file.to.name, file: file.name, bytes, packets })
      return { packetId, packets, bytes }
    },

    async requestFile(request, asked) {
      const signal = AbortSignal.any([asked, stopping])
      const packetId = await commit([await sealRequest(seal, { ...request, at: context.now() }, signal)])
      log.info('file requested', { packetId, neighbour: request.to.name, file: request.source })
      return { packetId }
    },
  }
}
