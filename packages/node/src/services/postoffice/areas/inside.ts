/**
 * What a message of an area asks for, done here: mail for people of this node, files, programs.
 *
 * Nothing is ever answered: an area may have thousands of readers, and each of them would write to the author.
 */
import { join } from 'node:path'
import { type AreaMessageId, type OpenedPacket, parseExecPath } from '@posthorn/nncp'
import { zstdDecompress } from '../../../base/zstd.ts'
import type { Area, Neighbour } from '../../../stores/directory/directory.ts'
import type { Body, InboundPacket, NewOutbound, Spool } from '../../../stores/spool/spool.ts'
import { after } from '../body.ts'
import { type FileHandlerContext, takeFile } from '../handlers/file.ts'
import { type MailHandlerContext, whoseSender } from '../handlers/mail.ts'
import { deliverHere, type HereRecipient } from '../here.ts'
import { idPrefixInDomain, parseAddress } from '../letter/address.ts'
import { readHead } from '../letter/header.ts'
import { postofficeLimits } from '../limits.ts'
import type { Handles } from '../programs/handles.ts'
import { mailHandle } from '../seal.ts'

export interface InsideContext {
  readonly mail: MailHandlerContext
  readonly files: Pick<FileHandlerContext, 'incoming' | 'incomingFolder' | 'now'>
  readonly spool: Spool
  readonly handles: Handles
  readonly messageBytesMax: number
}

export interface MessageInside {
  readonly area: Area
  /** The message was proven to its end before. */
  readonly opened: OpenedPacket
  /** Undefined: a stranger, whose name proves nothing. */
  readonly author: Neighbour | undefined
  readonly id: AreaMessageId
  readonly packet: InboundPacket
}

export type InsideOutcome =
  | {
      readonly kind: 'done'
      /** What is to leave because of it. */
      readonly outbound?: readonly NewOutbound[]
      readonly fields: Record<string, unknown>
    }
  /** A program is to run, in this lane. */
  | { readonly kind: 'lane'; readonly lane: string }
  | { readonly kind: 'set-aside'; readonly reason: string; readonly outbound?: readonly NewOutbound[] }

export async function actOn(
  context: InsideContext,
  message: MessageInside,
  signal: AbortSignal,
): Promise<InsideOutcome> {
  const { area, opened } = message
  switch (opened.plain.type) {
    case 'exec':
    case 'exec-fat': {
      const { handle, args } = parseExecPath(opened.plain.path)
      if (area.handles.includes(handle) && handle === mailHandle) return takeMail(context, message, args, signal)
      const found = context.handles.findForArea(area, handle)
      if (found.kind === 'refused') return leave(opened, found.reason)
      await opened.close()
      return { kind: 'lane', lane: found.lane }
    }
    case 'file':
      if (area.takesFiles) return takeAreaFile(context, message, signal)
      return leave(opened, `files of the area ${area.name} are not taken here`)
    default:
      return leave(opened, `a message of an area cannot be of the type ${opened.plain.type}`)
  }
}

async function leave(opened: OpenedPacket, reason: string): Promise<InsideOutcome> {
  await opened.close()
  return { kind: 'set-aside', reason }
}

/** Where files of an area come in unless a person chose a folder; no neighbour has such a name. */
export function ownFolderOf(area: Pick<Area, 'name'>, incomingFolder: string): string {
  return join(incomingFolder, `area.${area.name}`)
}

async function takeAreaFile(
  { files }: InsideContext,
  { area, opened, packet, id }: MessageInside,
  signal: AbortSignal,
): Promise<InsideOutcome> {
  const { incoming } = area
  const folder = incoming ?? ownFolderOf(area, files.incomingFolder)
  const from = { id, sender: opened.header.sender, origin: area.id, sizeBytes: packet.sizeBytes }
  const into = { folder, makeFolder: incoming === null, reassembles: true }
  const { path } = opened.plain
  try {
    const taken = await takeFile(files, { ...from, ...into, path, body: opened.body }, signal)
    return taken.kind === 'done'
      ? { kind: 'done', fields: taken.fields ?? {} }
      : { kind: 'set-aside', reason: taken.reason }
  } finally {
    // One that was taken before is not read again.
    await opened.close()
  }
}

/** Of all recipients those who live here; the others are the business of other nodes. */
async function takeMail(
  context: InsideContext,
  message: MessageInside,
  recipients: readonly string[],
  signal: AbortSignal,
): Promise<InsideOutcome> {
  const { mail, spool, messageBytesMax: sizeBytesMax } = context
  const { opened } = message
  const limits = { outputBytesMax: sizeBytesMax, ratioMax: postofficeLimits.expansionRatioMax }
  const content = opened.plain.type === 'exec' ? zstdDecompress(opened.body, limits) : opened.body
  const letter = await spool.scratch(content, { signal, sizeBytesMax })
  try {
    const head = await readHead(letter.read())
    const spoofed = await whoSpeaks(mail, head.returnPath, message.author)
    if (spoofed !== undefined) return { kind: 'set-aside', reason: spoofed }
    const here: HereRecipient[] = []
    for (const address of recipients) {
      const found = await mail.route(address)
      if (found.kind === 'local' || found.kind === 'list') here.push({ address, found })
    }
    const body: Body = after(letter, head.envelopeBytes)
    const { returnPath, messageId } = head
    // Named by the message: its next packet, by another road, is the same delivery.
    const facts = { returnPath, messageId, deliveryId: `area:${message.id}`, niceness: message.packet.niceness }
    const { packet } = message
    const toHere = { ...facts, packet, recipients: here, head, body, quota: 'reserve', roundsMin: 1 } as const
    const { mailboxes, outbound, failed } = await deliverHere(mail, toHere, signal)
    if (failed.length === 0) return { kind: 'done', outbound, fields: { messageId, mailboxes } }
    const reasons = failed.map(({ address, reason }) => `${address} (${reason})`).join(', ')
    return { kind: 'set-aside', reason: `not delivered to ${reasons}; of areas nobody is told`, outbound }
  } finally {
    await letter.discard()
  }
}

/** A stranger speaks for no node and for no domain that anybody known has. */
async function whoSpeaks(
  { self, route }: MailHandlerContext,
  returnPath: string | null,
  author: Neighbour | undefined,
): Promise<string | undefined> {
  if (author !== undefined) return whoseSender(self, returnPath, author)
  const address = returnPath === null ? undefined : parseAddress(returnPath)
  if (returnPath === null || address === undefined) return undefined
  const found = await route(returnPath)
  const strange = found.kind === 'unknown-node' && idPrefixInDomain(address.domain) === undefined
  return strange ? undefined : `the letter claims to be from ${address.domain}, but a stranger wrote it`
}
