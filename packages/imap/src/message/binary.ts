/** BINARY and BINARY.SIZE (RFC 3516): a part as it was before it was encoded for mail. */
import type { PartialRange } from '../grammar/fetch-items.ts'
import { RefusedFault } from '../session/faults.ts'
import { cutOut, decoded, decoderOf, measured } from './decode.ts'
import type { MessageReader } from './reader.ts'
import { encodingOf, partAt } from './structure.ts'

export interface BinaryContent {
  readonly sizeBytes: number
  readonly hasNul: boolean
  /** Opens the message anew; undefined when it is gone. */
  readonly open: () => Promise<AsyncIterable<Uint8Array> | undefined>
}

/**
 * The part that a path names, the whole message for the empty path; `nil` when there is none, undefined when the
 * message is gone. It is read once to know its size.
 *
 * @throws RefusedFault when the encoding is not known.
 */
export async function binaryContent(
  reader: MessageReader,
  path: readonly number[],
): Promise<BinaryContent | 'nil' | undefined> {
  let range = { start: 0, end: reader.row.sizeBytes }
  let encoding = 'binary'
  if (path.length > 0) {
    const root = await reader.structure()
    if (root === undefined) return undefined
    const part = partAt(root, path)
    if (part === undefined) return 'nil'
    range = { start: part.bodyStart, end: part.end }
    encoding = encodingOf(part.fields)
  }
  const open = async () => {
    const bytes = await reader.open(range)
    if (bytes === undefined) return undefined
    const decoder = decoderOf(encoding)
    if (decoder === undefined) throw new RefusedFault('UNKNOWN-CTE', 'The encoding of this part is not known')
    return decoded(bytes, decoder)
  }
  const stream = await open()
  return stream && { ...(await measured(stream)), open }
}

/** A partial of it: where it begins, and how much there is. */
export function partOf(content: BinaryContent, partial: PartialRange | undefined): BinaryContent {
  if (partial === undefined) return content
  const { start } = partial
  const length = Math.max(0, Math.min(partial.length, content.sizeBytes - start))
  const open = async () => {
    const stream = await content.open()
    return stream && cutOut(stream, { start, length })
  }
  return { ...content, sizeBytes: length, open }
}
