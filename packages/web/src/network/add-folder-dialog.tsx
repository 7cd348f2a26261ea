import { type FormEvent, useState } from 'react'
import { useLocation } from 'wouter'
import { api } from '../api/index.ts'
import { Button, Dialog, TextField } from '../ui/index.ts'
import { FoundMedia } from './folder-panel.tsx'
import css from './network.module.css'
import { placeOf } from './places.ts'
import { useDoing } from './use-asked.ts'
import { say } from './words.ts'

export function AddFolderDialog({ onClose }: { readonly onClose: () => void }) {
  const [path, setPath] = useState('')
  const [name, setName] = useState('')
  const [, go] = useLocation()
  const { busy, run } = useDoing()
  const add = (event: FormEvent) => {
    event.preventDefault()
    run('add', async () => {
      const called = name.trim() === '' ? {} : { name: name.trim() }
      const folder = await api.call('folders.add', { path: path.trim(), ...called })
      onClose()
      go(placeOf(`folder ${folder.name}`))
    })
  }
  return (
    <Dialog title={say('addFolder')} onClose={onClose}>
      <form className={css['form']} onSubmit={add}>
        <p className={css['soft']}>{say('addFolderAbout')}</p>
        <FoundMedia choose={medium => setPath(medium.path)} />
        <TextField
          label={say('path')}
          hint={say('pathHint')}
          value={path}
          required
          spellCheck={false}
          onChange={event => setPath(event.target.value)}
        />
        <TextField
          label={say('folderName')}
          hint={say('folderNameHint')}
          value={name}
          onChange={event => setName(event.target.value)}
        />
        <div className={css['formEnd']}>
          <Button onClick={onClose}>{say('cancel')}</Button>
          <Button look="primary" type="submit" busy={busy !== undefined}>
            {say('add')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
