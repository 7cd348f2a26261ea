/** Where one writes: words, files, a voice note; an answer, or a change of what was written. */
import { useEffect, useRef } from 'react'
import { useLocation } from 'wouter'
import { isPress } from '../../actions/index.ts'
import { usePreferences } from '../../device/index.ts'
import { canClose, closeChat } from '../closing.ts'
import { canEdit } from '../menu/actions.ts'
import { beginEdit, type OpenChat, useOpenChat, useOpenChatState } from '../state.ts'
import { say } from '../words.ts'
import { AttachButton } from './attach-button.tsx'
import { Bar } from './bar.tsx'
import css from './composer.module.css'
import { compose, composingOf, drafts, useComposing } from './composing.ts'
import { EmojiButton } from './emoji-button.tsx'
import { canRecord } from './recorder.ts'
import { SendButton } from './send-button.tsx'
import { canSendNow, saveEdit, sendNow, tooLongBy } from './sending.ts'
import { Tray } from './tray.tsx'
import { addFiles } from './tray-files.ts'
import { useDraft } from './use-draft.ts'
import { useKeptEdit } from './use-kept-edit.ts'
import { useTypingAnywhere } from './use-typing.ts'
import { VoiceNote } from './voice-note.tsx'

export function Composer() {
  const openChat = useOpenChat()
  const { chat } = openChat.window
  const field = useRef<HTMLTextAreaElement>(null)
  const isRecording = useOpenChatState(state => state.isRecording)
  const setRecording = (now: boolean) => openChat.store.setState({ isRecording: now })
  useEffect(() => () => openChat.store.setState({ isRecording: false }), [openChat.store])
  useDraft(openChat)
  useTypingAnywhere(field)
  const writing = useWriting(openChat)
  const { tray } = useComposing(chat)
  const tooLong = tooLongBy(writing.text)
  if (isRecording) {
    return (
      <div className={css['composer']}>
        <Bar />
        <VoiceNote onEnd={() => setRecording(false)} />
      </div>
    )
  }
  const isEmpty = writing.text.trim() === '' && tray.length === 0
  return (
    <div className={css['composer']}>
      <Bar />
      {writing.isEditing ? null : <Tray chat={chat} />}
      <div className={css['line']}>
        {writing.isEditing ? null : <AttachButton chat={chat} />}
        <Field field={field} writing={writing} hasFiles={tray.length > 0} />
        {tooLong === 0 ? null : <span className={css['tooLong']}>{say('tooLong', { count: tooLong })}</span>}
        <SendButton
          isEditing={writing.isEditing}
          canSend={writing.isEditing ? !isEmpty && tooLong === 0 : canSendNow(chat)}
          onSend={() => writing.send()}
          onRecord={isEmpty && !writing.isEditing && canRecord() ? () => setRecording(true) : undefined}
        />
      </div>
    </div>
  )
}

type Writing = ReturnType<typeof useWriting>

/** The words in the field: those of a new message, or of the one that is being changed. */
function useWriting(openChat: OpenChat) {
  const { chat } = openChat.window
  const editing = useOpenChatState(state => state.editing)
  const { text, edit } = useComposing(chat)
  useKeptEdit(openChat)
  const isEditing = editing !== null
  const edited = edit?.text ?? ''
  return {
    text: isEditing ? edited : text,
    isEditing,
    change(next: string) {
      if (isEditing) return compose(chat, { edit: { message: editing, text: next } })
      compose(chat, { text: next })
      drafts.change(chat, { text: next, quote: openChat.store.getState().reply?.message ?? null })
    },
    send() {
      if (isEditing) void saveEdit(openChat, edited)
      else sendNow(openChat)
    },
  }
}

interface FieldProps {
  readonly field: React.RefObject<HTMLTextAreaElement | null>
  readonly writing: Writing
  readonly hasFiles: boolean
}

function Field({ field, writing, hasFiles }: FieldProps) {
  const openChat = useOpenChat()
  const enterSends = usePreferences(state => state.enterSends)
  const reply = useOpenChatState(state => state.reply)
  useEffect(() => {
    if (reply !== null || writing.isEditing) field.current?.focus()
  }, [field, reply, writing.isEditing])
  const [, go] = useLocation()
  const label = hasFiles ? say('caption') : say('write')
  const insert = (emoji: string) => {
    const at = field.current?.selectionStart ?? writing.text.length
    const end = field.current?.selectionEnd ?? at
    writing.change(writing.text.slice(0, at) + emoji + writing.text.slice(end))
    const caret = at + emoji.length
    requestAnimationFrame(() => {
      field.current?.focus()
      field.current?.setSelectionRange(caret, caret)
    })
  }
  return (
    <div className={css['field']}>
      <div className={css['grow']} data-text={writing.text.slice(-4000)}>
        <textarea
          ref={field}
          className={css['input']}
          dir="auto"
          rows={1}
          aria-label={label}
          placeholder={label}
          enterKeyHint={enterSends ? 'send' : 'enter'}
          value={writing.text}
          onChange={event => writing.change(event.target.value)}
          onKeyDown={event => {
            if (press(event, openChat, writing, enterSends) || leave(event, openChat, go)) event.preventDefault()
          }}
          onPaste={event => {
            const files = [...event.clipboardData.files]
            if (files.length === 0 || writing.isEditing) return
            event.preventDefault()
            void addFiles(openChat.window.chat, files)
          }}
        />
      </div>
      <EmojiButton onChoose={insert} />
    </div>
  )
}

/** Whether a key meant more than a letter. */
function press(event: React.KeyboardEvent, openChat: OpenChat, writing: Writing, enterSends: boolean): boolean {
  if (event.nativeEvent.isComposing) return false
  if (event.key === 'Enter') {
    // On a phone the key makes a line: there is a button to send.
    const sends = enterSends && !matchMedia('(pointer: coarse)').matches
    const isMeant = isPress(event, 'Mod+Enter') || isPress(event, sends ? 'Enter' : 'Shift+Enter')
    if (isMeant) writing.send()
    return isMeant
  }
  if (isPress(event, 'ArrowUp') && writing.text === '' && !writing.isEditing) return editLast(openChat)
  return false
}

function leave(event: React.KeyboardEvent, openChat: OpenChat, go: (path: string) => void): boolean {
  // What was open above the field has taken it for itself then.
  if (!isPress(event, 'Escape') || event.defaultPrevented || !canClose(openChat)) return false
  closeChat(openChat, window.location.pathname, go)
  return true
}

function editLast(openChat: OpenChat): boolean {
  const { listing, loaded } = openChat.window.state.getState()
  for (const id of listing.ids.slice(-50).reverse()) {
    const message = loaded.get(id)
    if (message === undefined || !canEdit(openChat, message)) continue
    if (composingOf(openChat.window.chat).tray.length > 0) return false
    beginEdit(openChat, message)
    return true
  }
  return false
}
