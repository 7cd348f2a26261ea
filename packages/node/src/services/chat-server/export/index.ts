/**
 * A chat to keep, as one archive: `chat.html` to read, `messages.jsonl` for programs, and its files. It is made while
 * it is read, so a chat may be of any length; what comes meanwhile is not in it.
 */
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { MessageView } from '@posthorn/api'
import type { ServedStream } from '../../web-server/handlers.ts'
import type { Desk } from '../desk.ts'
import { chatServerLimits } from '../limits.ts'
import { loadMessages } from '../load-messages.ts'
import { ownFile } from '../own-file.ts'
import { mediaTypeOf } from '../sniff.ts'
import { messageView } from '../views/messages.ts'
import { type KeptMessage, pageOf } from './page.ts'
import { type FileEntry, type TextEntry, zip } from './zip.ts'

export async function exportChat(desk: Desk, chat: number): Promise<ServedStream> {
  const [{ name }, self] = await Promise.all([desk.calls.chat(chat), desk.calls.setting('displayname')])
  const items = await desk.calls.list(chat)
  const ids = items.flatMap(item => (item.kind === 'message' ? [item.msg_id] : []))
  const at = new Date(desk.now()).toISOString()
  const stream = Readable.from(zip(entriesOf(desk, ids, { name, at, self: self ?? '' })))
  const fileName = `${safeName(name)} ${at.slice(0, 10)}.zip`
  return { stream, mime: 'application/zip', name: fileName, inline: false, immutable: false }
}

async function* entriesOf(
  desk: Desk,
  ids: readonly number[],
  { name, at, self }: { name: string; at: string; self: string },
): AsyncGenerator<TextEntry | FileEntry> {
  /** By their place in the archive. */
  const files = new Map<string, string>()
  yield { name: 'messages.jsonl', text: linesOf(keptMessages(desk, ids, { files, self })) }
  yield { name: 'chat.html', text: pageOf(name, at, keptMessages(desk, ids, { files, self })) }
  for (const [place, path] of files) yield { name: place, read: () => createReadStream(path) }
}

async function* linesOf(messages: AsyncIterable<KeptMessage>): AsyncGenerator<string> {
  for await (const message of messages) yield `${JSON.stringify(message)}\n`
}

async function* keptMessages(
  desk: Desk,
  ids: readonly number[],
  { files, self }: { files: Map<string, string>; self: string },
): AsyncGenerator<KeptMessage> {
  const { messagesAtOnce } = chatServerLimits
  for (let start = 0; start < ids.length; start += messagesAtOnce) {
    for (const message of await loadMessages(desk, ids.slice(start, start + messagesAtOnce))) {
      const view = messageView(message, 0)
      const path = view.file?.path === null ? undefined : await ownFile(desk, message.file)
      const place = path === undefined ? null : `files/${view.id}-${safeName(view.file?.name ?? '')}`
      if (path !== undefined && place !== null) files.set(place, path)
      const type = path === undefined ? undefined : await mediaTypeOf(path)
      // To oneself the engine calls one “Me”.
      const from = view.mine && self !== '' ? self : view.from.name
      yield keptOf(view, from, { path: place, image: type?.startsWith('image/') ?? false })
    }
  }
}

function keptOf(view: MessageView, from: string, at: { path: string | null; image: boolean }): KeptMessage {
  const { id, kind, text, mine, info, edited, forwarded, file, quote, reactions } = view
  return {
    ...{ id, at: new Date(view.sentAt).toISOString(), from, kind, text, mine, info, edited, forwarded },
    quote: quote && { from: quote.from, text: quote.text },
    reactions: reactions.map(({ emoji, count }) => ({ emoji, count })),
    file: file && { name: file.name, sizeBytes: file.sizeBytes, ...at },
  }
}

/** A name that is one on every system, and leads nowhere. */
function safeName(name: string): string {
  const letters = name.replaceAll(/[^\p{L}\p{M}\p{N}._ -]/gu, '_').replace(/^[.\s]+/, '')
  return letters.slice(-chatServerLimits.fileNameLettersMax).trim() || 'file'
}
