/** What somebody writes, and does with what was written. */
import type { CheckedParamsOf } from '@posthorn/api'
import { type Desk, ownChat, ownMessage, ownMessages, refuse } from '../desk.ts'
import type { MessageDraft } from '../engine/calls.ts'
import { ownFile } from '../own-file.ts'
import { sendOnce } from '../send-once.ts'
import { fileView, viewTypeOf } from '../views/messages.ts'
import type { DeskMethods, MethodsOf } from './table.ts'

type Content = Pick<CheckedParamsOf<'messages.send'>, 'chat' | 'text' | 'file' | 'quote'>

/** The work gets what is to be sent while its file is there. */
async function withContent<T>(desk: Desk, content: Content, work: (draft: MessageDraft) => Promise<T>): Promise<T> {
  const { chat, text, file, quote } = content
  await ownChat(desk, chat)
  if (quote !== undefined) await ownMessage(desk, quote)
  const written = { text: text === '' ? null : text, quotedMessageId: quote ?? null }
  if (file === undefined) return work({ ...written, file: null, filename: null, viewtype: null })
  if (file === 'draft') return work({ ...written, ...(await fileOfDraft(desk, chat)) })
  const { upload, name: filename, kind } = file
  return desk.withUpload(upload, ({ path }) => work({ ...written, file: path, filename, viewtype: viewTypeOf(kind) }))
}

async function fileOfDraft(desk: Desk, chat: number): Promise<Pick<MessageDraft, 'file' | 'filename' | 'viewtype'>> {
  const draft = await desk.calls.draft(chat)
  const file = await ownFile(desk, draft?.file ?? null)
  if (draft === null || file === undefined) refuse('no-draft', 'There is no file in the draft of this chat any more.')
  return { file, filename: draft.fileName, viewtype: draft.viewType }
}

type SendingMethod =
  | 'messages.send'
  | 'messages.edit'
  | 'messages.delete'
  | 'messages.forward'
  | 'messages.resend'
  | 'messages.save'
  | 'messages.react'
  | 'messages.seen'
  | 'messages.fetch'

export const sendingMethods: DeskMethods<SendingMethod> = {
  async 'messages.send'(desk, params) {
    if (params.text.trim() === '' && params.file === undefined) refuse('bad-params', 'There is nothing to send.')
    const send = () => withContent(desk, params, draft => desk.calls.send(params.chat, draft))
    const { key } = params
    return { message: key === undefined ? await send() : await sendOnce(desk, key, params, send) }
  },

  async 'messages.edit'(desk, { message, text }) {
    await desk.calls.edit(await ownMessage(desk, message), text)
    return {}
  },

  async 'messages.delete'(desk, { ids, forAll }) {
    const own = await ownMessages(desk, ids)
    if (own.length > 0) await (forAll ? desk.calls.deleteForAll(own) : desk.calls.delete(own))
    return {}
  },

  async 'messages.forward'(desk, { ids, chats }) {
    for (const chat of chats) await ownChat(desk, chat)
    for (const id of ids) await ownMessage(desk, id)
    for (const chat of new Set(chats)) await desk.calls.forward(ids, chat)
    return {}
  },

  async 'messages.resend'(desk, { ids }) {
    for (const id of ids) await ownMessage(desk, id)
    if (ids.length > 0) await desk.calls.resend(ids)
    return {}
  },

  async 'messages.save'(desk, { ids, saved }) {
    const { calls } = desk
    const own = await ownMessages(desk, ids)
    const copies: number[] = []
    const others: number[] = []
    for (const id of own) {
      const { savedMessageId, originalMsgId } = await calls.message(id)
      const copy = savedMessageId ?? (originalMsgId === null ? null : id)
      if (copy === null) others.push(id)
      else copies.push(copy)
    }
    if (saved && others.length > 0) await calls.save(others)
    if (!saved && copies.length > 0) await calls.delete(copies)
    return {}
  },

  async 'messages.react'(desk, { message, emoji }) {
    await desk.calls.react(await ownMessage(desk, message), emoji === '' ? [] : [emoji])
    return {}
  },

  async 'messages.seen'(desk, { ids }) {
    const own = await ownMessages(desk, ids)
    if (own.length > 0) await desk.calls.seen(own)
    return {}
  },

  async 'messages.fetch'(desk, { message }) {
    const { downloadState } = await desk.calls.message(await ownMessage(desk, message))
    // What has not come to the node comes by itself; the engine would say that it fetches, and fetch nothing.
    if (downloadState !== 'Available') await desk.calls.fetch(message)
    return {}
  },
}

export const draftMethods: MethodsOf<'drafts'> = {
  async 'drafts.show'(desk, { chat }) {
    const draft = await desk.calls.draft(await ownChat(desk, chat))
    if (draft === null) return null
    const quote = draft.quote?.kind === 'WithMessage' ? draft.quote.messageId : null
    return { text: draft.text, quote, file: fileView(draft) }
  },

  async 'drafts.keep'(desk, params) {
    const { calls } = desk
    await withContent(desk, params, async draft => {
      const { text, file, quotedMessageId } = draft
      const isEmpty = text === null && file === null && quotedMessageId === null
      await (isEmpty ? calls.removeDraft(params.chat) : calls.setDraft(params.chat, draft))
    })
    return {}
  },
}
