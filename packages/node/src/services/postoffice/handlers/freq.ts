/**
 * `freq` packets: a neighbour requests a file from the folder that was set up for it, and gets it as `file` packets.
 *
 * It promises: nothing outside of that folder is sent, also not through links; the answer is queued in the same
 * transaction that ends the request, so that it is given once. What is not given is set aside with the reason, which
 * the neighbour does not learn.
 */
import { bulkNiceness, isNiceness, type OpenedPacket, parseTextPath, textPath } from '@posthorn/nncp'
import { isAbort, OperatingError } from '../../../base/errors.ts'
import type { FileRules, Neighbour } from '../../../stores/directory/directory.ts'
import { type FileSource, openInside } from '../../../stores/outgoing/index.ts'
import { postofficeLimits } from '../limits.ts'
import { chunkBytesMin, sealFile } from '../outgoing-files.ts'
import type { SealContext } from '../seal.ts'
import type { TossOutcome } from './outcome.ts'

export interface RequestHandlerContext {
  readonly seal: SealContext
  now(): number
}

export async function handleRequest(
  context: RequestHandlerContext,
  { from, opened }: { from: Neighbour; opened: OpenedPacket },
  signal: AbortSignal,
): Promise<TossOutcome> {
  const requested = parseTextPath(opened.plain.path)
  const name = await nameIn(opened, requested)
  const rules = await context.seal.directory.files.get(from.identity.id)
  if (name === undefined) return notGiven(requested, 'the name that it should have is none')
  if (rules.requestPath === null) {
    const how = `posthorn neighbour set ${from.name} --freq DIRECTORY`
    return notGiven(requested, `${from.name} may not request files from this node; to allow it: ${how}`)
  }
  const source = await openInside(rules.requestPath, requested)
  if ('fault' in source) return notGiven(requested, source.fault)
  try {
    return await give(context, { to: from, source, rules, requested, name, opened }, signal)
  } catch (error) {
    const never = error instanceof OperatingError && error.retry === 'never'
    if (isAbort(error) || !never) throw error
    return notGiven(requested, error.message)
  } finally {
    await source.close()
  }
}

interface Request {
  readonly to: Neighbour
  readonly source: FileSource
  readonly rules: FileRules
  readonly requested: string
  readonly name: string
  readonly opened: OpenedPacket
}

async function give(context: RequestHandlerContext, request: Request, signal: AbortSignal): Promise<TossOutcome> {
  const { to, source, rules, requested, name, opened } = request
  const { requestBytesMax, requestChunkBytes, requestMinimumBytes: minimumSizeBytes } = rules
  const bytesMax = requestBytesMax ?? Number.MAX_SAFE_INTEGER
  if (source.sizeBytes !== null && source.sizeBytes > bytesMax) return notGiven(requested, tooLarge(to, bytesMax))
  const { niceness: wanted } = opened.plain
  const niceness = isNiceness(wanted) ? wanted : bulkNiceness
  const chunkBytes = requestChunkBytes === null ? null : Math.max(chunkBytesMin, requestChunkBytes)
  const body = limited(source.read(), bytesMax, () => tooLarge(to, bytesMax))
  const file = { to, name, body, niceness, minimumSizeBytes, chunkBytes, at: context.now() }
  const outbound = await sealFile(context.seal, file, signal)
  return { kind: 'done', outbound, fields: { requested, file: name, packets: outbound.length } }
}

/** The name that the file is to have, which is the content of a request; without one it is that of the file. */
async function nameIn(opened: OpenedPacket, requested: string): Promise<string | undefined> {
  const pieces: Uint8Array[] = []
  let sizeBytes = 0
  for await (const piece of opened.body) {
    sizeBytes += piece.length
    if (sizeBytes <= postofficeLimits.requestedNameBytesMax) pieces.push(piece)
  }
  if (sizeBytes > postofficeLimits.requestedNameBytesMax) return undefined
  if (sizeBytes === 0) return requested.split('/').at(-1)
  try {
    const name = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(pieces))
    textPath(name)
    return name
  } catch {
    return undefined
  }
}

async function* limited(
  source: AsyncIterable<Uint8Array>,
  bytesMax: number,
  words: () => string,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.length
    if (bytes > bytesMax) throw new OperatingError(words(), { code: 'request-too-large', retry: 'never' })
    yield chunk
  }
}

function tooLarge(to: Neighbour, bytesMax: number): string {
  return `it is larger than the ${bytesMax} bytes that ${to.name} may request at a time`
}

function notGiven(requested: string, reason: string): TossOutcome {
  return { kind: 'set-aside', reason: `a file was requested and not given: ${reason}`, fields: { requested } }
}
