import { useState } from 'react'
import { api } from '../../api/index.ts'
import { stores, useRow } from '../../stores/index.ts'
import { Button, Dialog } from '../../ui/index.ts'
import { attempt } from '../deeds.ts'
import { say } from '../words.ts'
import { Choosing } from './choosing.tsx'

/** Adds people to a group or channel. */
export function MembersDialog({ chat, onClose }: { readonly chat: number; readonly onClose: () => void }) {
  const view = useRow(stores().chats.views, chat)
  const [members, setMembers] = useState<ReadonlySet<number>>(new Set())
  const [busy, setBusy] = useState(false)
  if (view === undefined || view === null) return null
  const add = async () => {
    setBusy(true)
    const added = await attempt(async () =>
      stores().chats.changed(await api.call('chats.add', { chat, members: [...members] })),
    )
    if (added) onClose()
    else setBusy(false)
  }
  const actions = (
    <>
      <Button onClick={onClose}>{say('cancel')}</Button>
      <Button look="primary" busy={busy} disabled={members.size === 0} onClick={() => void add()}>
        {say('addThem', { count: members.size })}
      </Button>
    </>
  )
  return (
    <Dialog title={say('addMembers')} onClose={onClose} actions={actions}>
      <Choosing without={view.members} chosen={members} onChosen={setMembers} empty={say('allAreIn')} />
    </Dialog>
  )
}
