/**
 * Control packets: what Posthorn nodes tell each other about letters.
 *
 * They are exec packets for the handle `posthorn`, sealed and signed like any other; the first argument says what kind
 * of message it is, and the body, which is small and bounded, is the message. They go only to nodes whose card says
 * that they understand them. Who wrote one was proven when the packet was opened: a handler is told by whom, reads the
 * bytes as hostile all the same, and does nothing twice that must be done once. A kind that this version does not know
 * comes from a later one: it is let go, since nobody's letter is in it.
 */
import { execPath, type OpenedPacket, type PlainHeader, parseExecPath } from '@posthorn/nncp'
import { OperatingError } from '../../../base/errors.ts'
import { zstdCompress, zstdDecompress } from '../../../base/zstd.ts'
import type { Neighbour } from '../../../stores/directory/directory.ts'
import type { InboundPacket, NewOutbound } from '../../../stores/spool/spool.ts'
import { bodyInMemory } from '../body.ts'
import type { TossOutcome } from '../handlers/outcome.ts'
import { postofficeLimits } from '../limits.ts'
import { type SealContext, stageFor } from '../seal.ts'

/** The exec handle of control packets. */
export const controlHandle = 'posthorn'

/**
 * The kinds of messages. What is not awaited leaves with its first durable copy and is never acknowledged, like an ack:
 * something else makes it good when it is lost.
 */
const controlKinds = {
  /** What became of letters, signed by the node that they were for. */
  receipts: { awaited: false },
  /** Packets that their sender takes back. */
  drop: { awaited: true },
  /** What came of that. */
  dropped: { awaited: true },
  /** Letters that passed a relay, for their sender. */
  passed: { awaited: false },
  /** Packets that the disk of their receiver has damaged: asked for each day. */
  again: { awaited: false },
  /** Those of them that are here no more. */
  gone: { awaited: false },
} as const satisfies Record<string, { readonly awaited: boolean }>

export type ControlKind = keyof typeof controlKinds

export interface ControlMessage {
  /** Who wrote it, proven. */
  readonly from: Neighbour
  readonly packet: InboundPacket
  readonly bytes: Uint8Array
}

export type ControlHandler = (message: ControlMessage, signal: AbortSignal) => Promise<TossOutcome>
export type ControlHandlers = Readonly<Partial<Record<ControlKind, ControlHandler>>>

/** Whether somebody waits to hear that this packet arrived. */
export function isUnawaitedControl({ type, path }: PlainHeader): boolean {
  if (type !== 'exec') return false
  const { handle, args } = parseExecPath(path)
  return handle === controlHandle && kindOf(args[0])?.awaited === false
}

function kindOf(name: string | undefined): { readonly awaited: boolean } | undefined {
  return name !== undefined && Object.hasOwn(controlKinds, name) ? controlKinds[name as ControlKind] : undefined
}

/** A control packet that was opened: read to its end, and so proven, then given to whoever deals with its kind. */
export async function handleControl(
  handlers: ControlHandlers,
  message: { readonly from: Neighbour; readonly packet: InboundPacket; readonly opened: OpenedPacket },
  signal: AbortSignal,
): Promise<TossOutcome> {
  const { opened, from, packet } = message
  const [kind = ''] = parseExecPath(opened.plain.path).args
  const bytes = await read(opened)
  if (bytes === undefined) return { kind: 'set-aside', reason: 'a control message that is too large, or damaged' }
  const handler = Object.hasOwn(handlers, kind) ? handlers[kind as ControlKind] : undefined
  if (handler === undefined) return { kind: 'done', outbound: [], fields: { control: kind.slice(0, 40), known: false } }
  return handler({ from, packet, bytes }, signal)
}

async function read(opened: OpenedPacket): Promise<Uint8Array | undefined> {
  const { controlBytesMax, expansionRatioMax } = postofficeLimits
  const limits = { outputBytesMax: controlBytesMax, ratioMax: expansionRatioMax }
  const content = opened.plain.type === 'exec' ? zstdDecompress(opened.body, limits) : opened.body
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  try {
    for await (const chunk of content) {
      sizeBytes += chunk.length
      if (sizeBytes > controlBytesMax) return undefined
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof OperatingError && error.retry === 'never') return undefined
    throw error
  }
  return Buffer.concat(chunks)
}

export interface ControlToSeal {
  readonly to: Neighbour
  readonly kind: ControlKind
  readonly bytes: Uint8Array
  readonly niceness: number
  readonly at: number
}

/** Seals a message and stages it; the caller commits or discards. The receiver must understand it. */
export async function sealControl(
  context: SealContext,
  { to, kind, bytes, niceness, at }: ControlToSeal,
  signal: AbortSignal,
): Promise<NewOutbound> {
  const { awaited } = controlKinds[kind]
  const plain = { type: 'exec', niceness, path: execPath(controlHandle, [kind]) } as const
  const body = zstdCompress(bodyInMemory(bytes).read())
  const { staged, nextHop } = await stageFor(context, to, { plain, body, unawaited: !awaited }, signal)
  const facts = { destination: to.identity.id, niceness, messageId: null, acknowledges: null, at } as const
  return { ...facts, staged, nextHop, kind: awaited ? 'letter' : 'ack' }
}
