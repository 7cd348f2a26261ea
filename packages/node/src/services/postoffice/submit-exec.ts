/** Calls of programs at other nodes. */
import type { PacketId } from '@posthorn/nncp'
import { type ExecToSeal, sealExec } from './seal.ts'
import type { SubmitContext } from './submit.ts'

export type ExecToSubmit = Omit<ExecToSeal, 'at'>

/**
 * Packs the call. It is in the outbox when this resolves.
 * @throws OperatingError `exec-too-long`, `unknown-relay`, `too-large`; what the body throws passes.
 */
export async function submitExec(
  { seal, log, departed, now }: Pick<SubmitContext, 'seal' | 'log' | 'departed' | 'now'>,
  call: ExecToSubmit,
  signal: AbortSignal,
): Promise<PacketId> {
  const packet = await sealExec(seal, { ...call, at: now() }, signal)
  const { staged, destination } = packet
  try {
    await seal.spool.outbox.commit([packet])
  } finally {
    await staged.discard()
  }
  log.info('exec packet made', { packetId: staged.id, handle: call.handle, destination })
  departed()
  return staged.id
}
