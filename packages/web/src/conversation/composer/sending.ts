/** What happens when somebody sends: the words and files of the composer become messages on their way. */
import { apiLimits } from '@posthorn/api'
import { api } from '../../api/index.ts'
import { type Letter, outbox } from '../../device/index.ts'
import { told } from '../doing.ts'
import type { OpenChat } from '../state.ts'
import { fileViewOf } from './attachments.ts'
import { compose, composingOf, drafts } from './composing.ts'
import { rememberView } from './on-way.ts'

/** By how many letters a text is too long. */
export function tooLongBy(text: string): number {
  return Math.max(0, text.trim().length - apiLimits.textLettersMax)
}

export function canSendNow(chat: number): boolean {
  const { text, tray } = composingOf(chat)
  return (text.trim() !== '' || tray.length > 0) && tooLongBy(text) === 0
}

/** Every file is a message of its own; the words go with the first. */
export function sendNow({ window: { chat }, store }: OpenChat): void {
  if (!canSendNow(chat)) return
  const { text, tray } = composingOf(chat)
  const { reply } = store.getState()
  const words = text.trim()
  const first = { text: words, quote: reply?.message ?? undefined }
  if (tray.length === 0) send(chat, first)
  for (const [index, attachment] of tray.entries()) {
    const { file: blob, kind } = attachment
    rememberView(blob, fileViewOf(attachment))
    send(chat, { ...(index === 0 ? first : { text: '' }), file: { blob, name: blob.name, kind } })
  }
  compose(chat, { text: '', tray: [] })
  drafts.drop(chat)
  store.setState({ reply: null })
}

/** The order of the letters is that of these calls: each is shown before anything of it is awaited. */
function send(chat: number, letter: Letter): void {
  void told(outbox.send(chat, letter))
}

export function sendVoice({ window: { chat }, store }: OpenChat, file: File, durationMs: number): void {
  const { name, type, size } = file
  rememberView(file, { name, mime: type, sizeBytes: size, path: null, width: null, height: null, durationMs })
  send(chat, {
    text: '',
    quote: store.getState().reply?.message ?? undefined,
    file: { blob: file, name, kind: 'voice' },
  })
  store.setState({ reply: null })
}

/** Changes one's own message for all. False: it did not work, and the words are still there. */
export async function saveEdit({ window: { chat }, store }: OpenChat, text: string): Promise<boolean> {
  const { editing } = store.getState()
  const words = text.trim()
  if (editing === null || words === '' || tooLongBy(text) > 0) return false
  if (words !== editing.text) {
    const done = await told(api.call('messages.edit', { message: editing.id, text: words }))
    if (done === undefined) return false
  }
  // Also where somebody left the chat meanwhile.
  compose(chat, { edit: null })
  store.setState({ editing: null })
  return true
}
