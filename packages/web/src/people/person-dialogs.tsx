import type { LoginView, PersonView } from '@posthorn/api'
import { useState } from 'react'
import { api } from '../api/index.ts'
import { Switch, TextField, toast } from '../ui/index.ts'
import { NameField } from './account-fields.tsx'
import { FormDialog } from './form-dialog.tsx'
import { bytesOf, megabytesOf } from './sizes.ts'
import { say } from './words.ts'

interface PersonDialogProps {
  readonly person: PersonView
  readonly onClose: () => void
  readonly onChanged: () => void
}

export function AddDialog(props: { onClose: () => void; onAdded: (name: string, login: LoginView) => void }) {
  const [name, setName] = useState('')
  const run = async () => props.onAdded(name.trim().toLowerCase(), await api.call('people.add', { name }))
  return (
    <FormDialog
      title={say('add')}
      about={say('addAbout')}
      button={say('add')}
      disabled={name.trim() === ''}
      run={run}
      onClose={props.onClose}
    >
      <NameField label={say('inviteFor')} hint={say('yourNameHint')} value={name} onChange={setName} />
    </FormDialog>
  )
}

export function QuotaDialog({ person, onClose, onChanged }: PersonDialogProps) {
  const [text, setText] = useState(megabytesOf(person.quotaBytes))
  const bytes = bytesOf(text)
  const run = async () => {
    await api.call('people.quota', { name: person.name, bytes: bytes ?? 'none' })
    onChanged()
    onClose()
  }
  return (
    <FormDialog
      title={say('quotaTitle', { name: person.name })}
      button={say('save')}
      disabled={bytes === null}
      run={run}
      onClose={onClose}
    >
      <TextField
        label={say('quota')}
        hint={say('quotaHint')}
        fault={bytes === null ? say('quotaFault') : undefined}
        inputMode="numeric"
        value={text}
        onChange={event => setText(event.target.value)}
      />
    </FormDialog>
  )
}

export function PasswordDialog(props: {
  readonly person: PersonView
  readonly onClose: () => void
  readonly onGiven: (login: LoginView) => void
}) {
  const { name } = props.person
  return (
    <FormDialog
      title={say('passwordTitle', { name })}
      about={say('passwordAbout', { name })}
      button={say('giveNew')}
      run={async () => props.onGiven(await api.call('people.password', { name }))}
      onClose={props.onClose}
    />
  )
}

export function RemoveDialog({ person, onClose, onChanged }: PersonDialogProps) {
  const [isErased, setErased] = useState(false)
  const { name } = person
  const run = async () => {
    await api.call('people.remove', { name, mail: isErased ? 'delete' : 'keep' })
    toast({ text: say('removed', { name }) })
    onChanged()
    onClose()
  }
  return (
    <FormDialog
      title={say('removeTitle', { name })}
      about={say('removeAbout', { name })}
      button={say('removeNow')}
      look="danger"
      run={run}
      onClose={onClose}
    >
      <Switch
        label={say('removeMail')}
        hint={isErased ? say('removeGone') : say('removeKept')}
        on={isErased}
        onChange={setErased}
      />
    </FormDialog>
  )
}
