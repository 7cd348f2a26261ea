import { Archive, MessageCirclePlus, QrCode, ScanLine, UsersRound } from 'lucide-react'
import { Button, EmptyState } from '../../ui/index.ts'
import { openChatDialog } from '../dialog-store.ts'
import { say } from '../words.ts'
import css from './list.module.css'

/** Before the first chat: how one comes to have one. */
export function NoChats() {
  const icon = { 'aria-hidden': true, size: 18 } as const
  return (
    <EmptyState
      icon={MessageCirclePlus}
      title={say('emptyTitle')}
      action={
        <div className={css['empty-actions']}>
          <Button
            wide
            look="primary"
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
