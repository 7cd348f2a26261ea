import type { ChatView } from '@posthorn/api'
import { useState } from 'react'
import { api } from '../api/index.ts'
import { stores } from '../stores/index.ts'
import { Button } from '../ui/index.ts'
import { attempt } from './deeds.ts'
import { openChatDialog } from './dialog-store.ts'
import css from './request-bar.module.css'
import { nameOf } from './row-text.ts'
import { say } from './words.ts'

/** Where one would write: somebody unknown waits to be accepted or blocked. */
export function RequestBar({ view }: { readonly view: ChatView }) {
  const [busy, setBusy] = useState(false)
  const accept = async () => {
    setBusy(true)
    await attempt(async () => stores().chats.changed(await api.call('chats.accept', { chat: view.id })))
    setBusy(false)
  }
  return (
    <section className={css['bar']} aria-label={say('requestBadge')}>
      <p className={css['text']}>
        {view.kind === 'single' ? say('requestFrom', { name: nameOf(view) }) : say('requestGroup')}
        <span className={css['note']}>{say('requestNote')}</span>
      </p>
      <div className={css['buttons']}>
        <Button onClick={() => openChatDialog({ kind: 'delete', chat: view.id })}>{say('delete')}</Button>
        <Button onClick={() => openChatDialog({ kind: 'block', chat: view.id })}>{say('block')}</Button>
        <Button look="primary" busy={busy} onClick={() => void accept()}>
          {say('accept')}
        </Button>
      </div>
    </section>
  )
}
