import type { FileView, MessageKind, MessageView, QuoteView, SendState } from '@posthorn/api'
import { selfContact } from '../../chat-engine/index.ts'
import type { EngineMessage, EngineQuote } from '../engine/schemas.ts'
import { servedPath } from './paths.ts'
import { contactAvatar } from './people.ts'

const msPerSecond = 1000

/** Numbers of the engine. */
const states = { fresh: 10, noticed: 13, preparing: 18, pending: 20, failed: 24, delivered: 26, read: 28 } as const

/** Null: it is nobody's own, or not sent. */
export function sendStateOf(state: number): SendState | null {
  if (state === states.preparing || state === states.pending) return 'sending'
  if (state === states.failed) return 'failed'
  if (state === states.delivered) return 'sent'
  return state === states.read ? 'read' : null
}

const kinds: Readonly<Record<string, MessageKind>> = {
  ...{ Text: 'text', Image: 'image', Gif: 'gif', Sticker: 'sticker', Audio: 'audio', Voice: 'voice' },
  ...{ Video: 'video', File: 'file', Webxdc: 'app', Vcard: 'vcard', Call: 'call' },
}

export function messageKindOf(viewType: string): MessageKind {
  return kinds[viewType] ?? 'text'
}

/** The engine's word for a kind. */
export function viewTypeOf(kind: MessageKind): string {
  return Object.entries(kinds).find(([, known]) => known === kind)?.[0] ?? 'Text'
}

/** @param disappearSeconds of this message; 0: never. */
export function messageView(message: EngineMessage, disappearSeconds: number): MessageView {
  const { id, chatId, fromId, sender, error, state, receivedTimestamp, timestamp, vcardContact } = message
  const mine = fromId === selfContact
  const card = vcardContact && { name: vcardContact.displayName, address: vcardContact.addr, color: vcardContact.color }
  return {
    ...{ id, chat: chatId, ...saidBy(message), info: message.isInfo },
    from: {
      id: Math.max(1, fromId),
      name: message.overrideSenderName ?? sender.displayName,
      ...{ color: sender.color, avatar: contactAvatar(sender) },
    },
    mine,
    sentAt: timestamp * msPerSecond,
    receivedAt: (receivedTimestamp > 0 ? receivedTimestamp : timestamp) * msPerSecond,
    sortedAt: message.sortTimestamp * msPerSecond,
    ...{ state: mine ? sendStateOf(state) : null, error: error ?? '' },
    unread: !mine && (state === states.fresh || state === states.noticed),
    ...{ edited: message.isEdited, forwarded: message.isForwarded, sealed: message.showPadlock },
    saved: (message.savedMessageId ?? message.originalMsgId ?? 0) > 0,
    ...{ disappearSeconds, file: fileView(message), rest: restOf(message.downloadState) },
    ...{ quote: message.quote && quoteView(message.quote), card, html: message.hasHtml },
    reactions: (message.reactions?.reactions ?? []).map(({ emoji, count, isFromSelf }) => ({
      ...{ emoji, count, mine: isFromSelf },
    })),
  }
}

/** What the engine calls a file that has not come, in the text that it shows in its place; it is told English only. */
const announced = / ?\[([^[\]]+) – [^[\]]+\]$/
const announcedKinds: Readonly<Record<string, MessageKind>> = {
  ...{ Image: 'image', GIF: 'gif', Sticker: 'sticker', Audio: 'audio', 'Voice message': 'voice', Video: 'video' },
}

/** A message whose file has not come is a text to the engine, with words about the file at its end. */
function saidBy(message: EngineMessage): Pick<MessageView, 'kind' | 'text'> {
  const { text, viewType, fileName } = message
  if (!isAnnounced(message)) return { text, kind: messageKindOf(viewType) }
  const [, word = ''] = announced.exec(text) ?? []
  return { text: text.replace(announced, ''), kind: announcedKinds[word] ?? kindByName(fileName ?? '') }
}

function isAnnounced({ viewType, file, fileBytes, downloadState }: EngineMessage): boolean {
  return downloadState !== 'Done' && viewType === 'Text' && file === null && fileBytes > 0
}

function kindByName(name: string): MessageKind {
  if (/\.(?:jpe?g|png|webp|avif)$/i.test(name)) return 'image'
  if (/\.(?:mp4|webm|mov)$/i.test(name)) return 'video'
  return /\.(?:mp3|ogg|opus|m4a|aac|wav|flac)$/i.test(name) ? 'audio' : 'file'
}

/**
 * Everything that lies on the node is taken at once, so what is not here yet has not come to the node; what cannot be
 * opened is here, and says so.
 */
function restOf(downloadState: string): MessageView['rest'] {
  if (downloadState === 'Available') return 'coming'
  if (downloadState === 'InProgress') return 'fetching'
  return downloadState === 'Failure' ? 'failed' : 'here'
}

export function fileView(message: EngineMessage): FileView | null {
  const { id, file, fileName, fileMime, fileBytes, viewType, downloadState } = message
  const name = fileName ?? ''
  const isComing = downloadState !== 'Done'
  if (!isAnnounced(message) && (viewType === 'Text' || viewType === 'Call' || file === null)) return null
  return {
    ...{ name, mime: fileMime ?? 'application/octet-stream', sizeBytes: fileBytes },
    path: isComing ? null : servedPath('message', id, file, name),
    width: sizeOf(message.dimensionsWidth),
    height: sizeOf(message.dimensionsHeight),
    durationMs: sizeOf(message.duration),
  }
}

const sizeOf = (told: number) => (told > 0 ? told : null)

function quoteView(quote: EngineQuote): QuoteView {
  if (quote.kind === 'JustText') {
    return { message: null, from: '', color: null, text: quote.text, kind: 'text', image: null }
  }
  const { messageId, text, image } = quote
  return {
    message: messageId > 0 ? messageId : null,
    from: quote.overrideSenderName ?? quote.authorDisplayName,
    ...{ color: quote.authorDisplayColor, text, kind: messageKindOf(quote.viewType) },
    image: servedPath('message', messageId, image),
  }
}
