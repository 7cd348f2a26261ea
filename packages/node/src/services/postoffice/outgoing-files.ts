/**
 * Files and requests become sealed packets here: what `nncp-file`, with `-chunked` too, and `nncp-freq` make.
 *
 * All packets of one file are sealed before the first of them may leave, and are committed together: a send that is cut
 * off leaves nothing behind, here or there. Memory is flat whatever the size; the disk holds the sealed file.
 */
import {
  type ChunkedMeta,
  chunkLimits,
  chunkName,
  encodeChunkedMeta,
  FormatError,
  metaName,
  mthHasher,
  type PacketId,
  textPath,
} from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import type { Neighbour } from '../../stores/directory/directory.ts'
import type { NewOutbound } from '../../stores/spool/spool.ts'
import { Pieces } from './pieces.ts'
import { type Content, type SealContext, stageFor } from './seal.ts'

export interface FileToSeal {
  readonly to: Neighbour
  /** What it is to be called there. */
  readonly name: string
  /** Chunks may be lent: each is done with before the next is asked for. */
  readonly body: AsyncIterable<Uint8Array>
  readonly niceness: number
  /** Each packet is padded up to it. */
  readonly minimumSizeBytes: number
  /** null: in one packet. */
  readonly chunkBytes: number | null
  readonly at: number
  /** How much of the file is sealed, and in how many packets. */
  readonly onProgress?: (sealed: { packets: number; bytes: number }) => void
}

/** Chunks of at least so many bytes, so that none of them is kept in memory. */
export const chunkBytesMin = 64 * 1024

/** The least that a neighbour has to be asked for by name. */
export interface RequestToSeal {
  readonly to: Neighbour
  /** Path in the folder that the neighbour has set up for us. */
  readonly source: string
  readonly name: string
  readonly niceness: number
  /** Of the file that is to come. */
  readonly replyNiceness: number
  readonly at: number
}

/**
 * Seals a file; the caller commits or discards all. The last packet is the one that makes it whole.
 * @throws OperatingError `bad-file-name`, `too-large`, `too-many-chunks`, and what the body throws; nothing stays then.
 */
export async function sealFile(context: SealContext, file: FileToSeal, signal: AbortSignal): Promise<NewOutbound[]> {
  const { chunkBytes } = file
  checkName(chunkBytes === null ? file.name : chunkName(file.name, chunkLimits.chunksMax))
  const sealing = new Sealing(context, file, signal)
  try {
    if (chunkBytes === null) await sealing.add(file.name, file.body)
    else await sealChunks(context, sealing, { ...file, chunkBytes })
    return sealing.outbound
  } catch (error) {
    for (const { staged } of sealing.outbound) await staged.discard()
    if (!(error instanceof OperatingError && error.code === 'too-large')) throw error
    throw new OperatingError(
      `${file.name} is larger than one packet may be (${context.packetBytesMax} bytes). Send it in chunks.`,
      { code: 'too-large', retry: 'never', fields: { name: file.name } },
    )
  }
}

/** Seals a request for a file. @throws OperatingError `bad-file-name`. */
export async function sealRequest(
  context: SealContext,
  request: RequestToSeal,
  signal: AbortSignal,
): Promise<NewOutbound> {
  const { to, source, name, niceness, replyNiceness, at } = request
  checkName(source)
  checkName(name)
  const plain = { type: 'freq', niceness: replyNiceness, path: textPath(source) } as const
  const { staged, nextHop } = await stageFor(context, to, { plain, body: once(textPath(name)), niceness }, signal)
  return { ...outboundOf(to, at), staged, nextHop, niceness }
}

async function sealChunks(
  { suite }: SealContext,
  sealing: Sealing,
  file: FileToSeal & { readonly chunkBytes: number },
): Promise<void> {
  const { name, chunkBytes } = file
  const pieces = new Pieces(file.body, chunkBytes)
  const hashes: Uint8Array[] = []
  try {
    do {
      if (hashes.length >= chunkLimits.chunksMax) {
        const { chunksMax } = chunkLimits
        const message = `${name} has more than ${chunksMax} chunks of ${chunkBytes} bytes. Take larger ones.`
        throw new OperatingError(message, { code: 'too-many-chunks', retry: 'never', fields: { name } })
      }
      const hasher = mthHasher(suite)
      await sealing.add(
        chunkName(name, hashes.length),
        pieces.next(chunk => hasher.update(chunk)),
      )
      hashes.push(hasher.digest())
    } while (!(await pieces.atEnd()))
  } finally {
    await pieces.close()
  }
  const meta: ChunkedMeta = { sizeBytes: pieces.sizeBytes, chunkBytes, hashes }
  await sealing.add(metaName(name), once(encodeChunkedMeta(meta)), false)
}

/** The packets of one file so far. */
class Sealing {
  readonly outbound: NewOutbound[] = []
  readonly #context: SealContext
  readonly #file: FileToSeal
  readonly #signal: AbortSignal
  #bytes = 0

  constructor(context: SealContext, file: FileToSeal, signal: AbortSignal) {
    this.#context = context
    this.#file = file
    this.#signal = signal
  }

  async add(name: string, body: AsyncIterable<Uint8Array>, counts = true): Promise<void> {
    const { to, niceness, minimumSizeBytes, at } = this.#file
    const plain = { type: 'file', niceness, path: textPath(name) } as const
    const content: Content = { plain, body: counts ? this.#counted(body) : body, minimumSizeBytes }
    const { staged, nextHop } = await stageFor(this.#context, to, content, this.#signal)
    this.outbound.push({ ...outboundOf(to, at), staged, nextHop, niceness })
  }

  async *#counted(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      this.#bytes += chunk.length
      this.#file.onProgress?.({ packets: this.outbound.length, bytes: this.#bytes })
      yield chunk
    }
  }
}

function outboundOf(to: Neighbour, at: number) {
  return { destination: to.identity.id, kind: 'letter', messageId: null, acknowledges: null, at } as const
}

/** What a log can name a file by: the packet that makes it whole. */
export function lastPacketOf(outbound: readonly NewOutbound[]): PacketId | undefined {
  return outbound.at(-1)?.staged.id
}

function checkName(name: string): void {
  try {
    textPath(name)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    const message = `"${name.slice(0, 100)}" cannot name a file on its way: 1 to 255 bytes, without NUL, Unicode.`
    throw new OperatingError(message, { code: 'bad-file-name', retry: 'never' })
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
