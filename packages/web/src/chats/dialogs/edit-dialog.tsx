import { apiLimits, type ChatView } from '@posthorn/api'
import { useState } from 'react'
import { api, upload } from '../../api/index.ts'
import { PictureField } from '../../pictures/picture-field.tsx'
import { stores, useRow } from '../../stores/index.ts'
import { Button, Dialog, TextArea, TextField } from '../../ui/index.ts'
import { attempt } from '../deeds.ts'
import { nameOf } from '../row-text.ts'
import { say } from '../words.ts'
import css from './dialogs.module.css'

/** Name, picture and description of a group or channel. */
export function EditDialog({ chat, onClose }: { readonly chat: number; readonly onClose: () => void }) {
  const view = useRow(stores().chats.views, chat)
  return view === undefined || view === null ? null : <EditForm view={view} onClose={onClose} />
}

const descriptionLettersMax = 2000

function EditForm({ view, onClose }: { readonly view: ChatView; readonly onClose: () => void }) {
  const [name, setName] = useState(view.name)
  const [description, setDescription] = useState(view.description)
  /** Undefined: as it is. */
  const [picture, setPicture] = useState<Blob | null>()
  const [busy, setBusy] = useState(false)
  const save = async () => {
    setBusy(true)
    const saved = await attempt(async () => {
      const changes = {
        ...(name.trim() === view.name ? {} : { name: name.trim() }),
        ...(description === view.description ? {} : { description }),
        ...(picture === undefined ? {} : { picture: picture && (await upload(picture, 'picture.jpg')) }),
      }
      if (Object.keys(changes).length === 0) return
      stores().chats.changed(await api.call('chats.change', { chat: view.id, ...changes }))
    })
    if (saved) onClose()
    else setBusy(false)
  }
  const actions = (
    <>
      <Button onClick={onClose}>{say('cancel')}</Button>
      <Button look="primary" busy={busy} disabled={name.trim() === ''} onClick={() => void save()}>
        {say('save')}
      </Button>
    </>
  )
  return (
    <Dialog title={say('edit')} onClose={onClose} actions={actions}>
      <div className={css['form']}>
        <PictureField square name={nameOf(view)} avatar={view.avatar} onChange={setPicture} />
        <TextField
          label={say('name')}
          value={name}
          maxLength={apiLimits.nameLettersMax}
          onChange={event => setName(event.target.value)}
        />
        <TextArea
          label={say('description')}
          value={description}
          maxLength={descriptionLettersMax}
          onChange={event => setDescription(event.target.value)}
        />
      </div>
    </Dialog>
  )
}
