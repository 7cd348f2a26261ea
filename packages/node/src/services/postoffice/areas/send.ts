/**
 * Messages of ours to an area: sealed for it once, and for each subscriber. All copies are committed together, and the
 * message with them, so that it is known again when others bring it back.
 */
import {
  type AreaMessageId,
  encryptedHeaderBytes,
  execPath,
  type PlainHeader,
  plainPacket,
  readAreaMessage,
  sealAreaMessage,
  textPath,
} from '@posthorn/nncp'
import { OperatingError } from '../../../base/errors.ts'
import { zstdCompress } from '../../../base/zstd.ts'
import type { Area } from '../../../stores/directory/directory.ts'
import type { Staged } from '../../../stores/spool/spool.ts'
import { beginningOf } from '../handlers/relay.ts'
import type { SealContext } from '../seal.ts'
import { recipientsOf, sealCopies } from './copies.ts'

/** What a message asks of whoever reads it. */
export type AreaDeed =
  | { readonly kind: 'file'; readonly name: string }
  | {
      readonly kind: 'exec'
      readonly handle: string
      readonly args: readonly string[]
      /** What the program is told as NNCP_NICE. */
      readonly replyNiceness: number
      readonly compress: boolean
    }

export interface AreaSubmission {
  readonly area: Area
  readonly deed: AreaDeed
  /** The file, or what the handle reads. */
  readonly body: AsyncIterable<Uint8Array>
  /** 1 to 255. */
  readonly niceness: number
  /** The message is padded up to it. */
  readonly minimumSizeBytes?: number
}

export interface AreaSent {
  readonly id: AreaMessageId
  /** To how many nodes. */
  readonly copies: number
  readonly sizeBytes: number
}

/**
 * When it resolves, the copies for all subscribers are in the outbox.
 *
 * @throws OperatingError `no-area-key`, `no-subscribers`, `too-large`, or what the spool says; FormatError `bad-path`,
 *   `path-too-long` for names and arguments that do not fit.
 */
export async function sendToArea(
  context: SealContext,
  submission: AreaSubmission,
  options: { at: number; signal: AbortSignal },
): Promise<AreaSent> {
  const { area, niceness } = submission
  const { at, signal } = options
  const to = await recipientsOf(context, area, [context.identity.id])
  if (to.length === 0) {
    const { name } = area
    const remedy = `posthorn area subscribe ${name} NODE`
    throw refusal('no-subscribers', `Nobody would get it: the area ${name} has no subscribers here. ${remedy}`)
  }
  const message = await sealToArea(context, submission, signal)
  try {
    const { id } = readAreaMessage(context.suite, area.id, await beginningOf(message))
    const copies = { area: area.id, message, niceness, kind: 'letter', to, at } as const
    const outbound = await sealCopies(context, copies, signal)
    try {
      await context.spool.outbox.commit(outbound, { id, passedOn: true, actedOn: true, heldBy: null })
    } finally {
      for (const { staged } of outbound) await staged.discard()
    }
    return { id, copies: outbound.length, sizeBytes: message.sizeBytes }
  } finally {
    await message.discard()
  }
}

/** The message itself, staged; the caller discards it. */
async function sealToArea(context: SealContext, submission: AreaSubmission, signal: AbortSignal): Promise<Staged> {
  const { suite, random, identity: author, packetBytesMax, spool } = context
  const { area, deed, niceness, minimumSizeBytes = 0 } = submission
  const { id, publicKey } = area
  if (publicKey === null) {
    throw refusal('no-area-key', `This node only passes messages of ${area.name} on: it has no key to write with.`)
  }
  const plain = headerOf(deed, niceness)
  const body = deed.kind === 'exec' && deed.compress ? zstdCompress(submission.body) : submission.body
  const payload = plainPacket(plain, body)
  const message = sealAreaMessage({
    suite,
    random,
    author,
    area: { id, publicKey },
    niceness,
    payload,
    minimumSizeBytes,
  })
  // Room for the packet around it: its header, that of the plain packet, and 16 bytes for each 128 KiB.
  const sizeBytesMax = Math.floor(packetBytesMax * 0.999) - 4 * encryptedHeaderBytes
  return spool.stage(message, { signal, sizeBytesMax })
}

function headerOf(deed: AreaDeed, niceness: number): PlainHeader {
  if (deed.kind === 'file') return { type: 'file', niceness, path: textPath(deed.name) }
  const { compress, handle, args, replyNiceness } = deed
  return { type: compress ? 'exec' : 'exec-fat', niceness: replyNiceness, path: execPath(handle, args) }
}

function refusal(code: string, message: string): OperatingError {
  return new OperatingError(message, { code, retry: 'never' })
}
