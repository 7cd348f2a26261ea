import { Archive, House, MessageCirclePlus, QrCode, ScanLine, UsersRound } from 'lucide-react'
import { useAsked } from '../../stores/index.ts'
import { Button, EmptyState } from '../../ui/index.ts'
import { openChatDialog } from '../dialog-store.ts'
import { say } from '../words.ts'
import css from './list.module.css'

/** Before the first chat: how one comes to have one. */
export function NoChats() {
  const icon = { 'aria-hidden': true, size: 18 } as const
  const here = useAsked('contacts.here', {}, ['contacts.changed'])
  const isSomebodyHere = (here.value?.length ?? 0) > 0
  return (
    <EmptyState
      icon={MessageCirclePlus}
      title={say('emptyTitle')}
      action={
        <div className={css['empty-actions']}>
          {isSomebodyHere ? (
            <Button wide look="primary" icon={<House {...icon} />} onClick={() => openChatDialog({ kind: 'new' })}>
              {say('peopleHere')}
            </Button>
          ) : null}
          <Button
            wide
            look={isSomebodyHere ? 'secondary' : 'primary'}
            icon={<QrCode {...icon} />}
            onClick={() => openChatDialog({ kind: 'invite', chat: null })}
          >
            {say('showInvite')}
          </Button>
          <Button wide icon={<ScanLine {...icon} />} onClick={() => openChatDialog({ kind: 'follow' })}>
            {say('scan')}
          </Button>
          <Button
            wide
            look="quiet"
            icon={<UsersRound {...icon} />}
            onClick={() => openChatDialog({ kind: 'create', of: 'group' })}
          >
            {say('newGroup')}
          </Button>
        </div>
      }
    >
      {say('emptyText')}
    </EmptyState>
  )
}

export function NoArchive() {
  return (
    <EmptyState icon={Archive} title={say('emptyArchive')}>
      {say('emptyArchiveText')}
    </EmptyState>
  )
}
