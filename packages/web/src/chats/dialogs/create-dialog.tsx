import { apiLimits } from '@posthorn/api'
import { useState } from 'react'
import { api, upload } from '../../api/index.ts'
import { PictureField } from '../../pictures/picture-field.tsx'
import { lettersOf, plainLine } from '../../text/line.ts'
import { Button, Dialog, TextField } from '../../ui/index.ts'
import { attempt } from '../deeds.ts'
import { say } from '../words.ts'
import { Choosing } from './choosing.tsx'
import css from './dialogs.module.css'

interface CreateDialogProps {
  readonly kind: 'group' | 'channel'
  readonly go: (path: string) => void
  readonly onClose: () => void
}

/** Of a picture that is not there yet. */
const color = '#8a6d3b'

/** Makes a group or a channel: a name, perhaps a picture, and who is in it at first. */
export function CreateDialog({ kind, go, onClose }: CreateDialogProps) {
  const [name, setName] = useState('')
  const [picture, setPicture] = useState<Blob | null>(null)
  const [members, setMembers] = useState<ReadonlySet<number>>(new Set())
  const [busy, setBusy] = useState(false)
  const create = async () => {
    setBusy(true)
    const made = await attempt(async () => {
      const sent = picture === null ? {} : { picture: await upload(picture, 'picture.jpg') }
      const { chat } = await api.call('chats.create', { kind, name: name.trim(), members: [...members], ...sent })
      go(`/chat/${chat}`)
    })
    if (made) onClose()
    else setBusy(false)
  }
  const actions = (
    <>
      <Button onClick={onClose}>{say('cancel')}</Button>
      <Button look="primary" busy={busy} disabled={name.trim() === ''} onClick={() => void create()}>
        {members.size === 0 ? say('create') : say('createWith', { count: members.size })}
      </Button>
    </>
  )
  const avatar = { path: null, color, initials: lettersOf(plainLine(name), 1) }
  return (
    <Dialog title={say(kind === 'group' ? 'newGroup' : 'newChannel')} onClose={onClose} actions={actions}>
      <div className={css['form']}>
        <p className={css['text']}>{say(kind === 'group' ? 'aboutGroup' : 'aboutChannel')}</p>
        <PictureField square name={name} avatar={avatar} onChange={setPicture} />
        <TextField
          label={say('name')}
          value={name}
          maxLength={apiLimits.nameLettersMax}
          autoComplete="off"
          onChange={event => setName(event.target.value)}
        />
        <Choosing chosen={members} onChosen={setMembers} />
      </div>
    </Dialog>
  )
}
