import type { LoginView } from '@posthorn/api'
import { Button, Dialog, Qr } from '../ui/index.ts'
import css from './people.module.css'
import { SecretText } from './secret-text.tsx'
import { say } from './words.ts'

/** Logs Delta Chat in to one's own address. */
export function LinkDialog({ login, onClose }: { readonly login: LoginView; readonly onClose: () => void }) {
  const actions = (
    <Button look="primary" onClick={onClose}>
      {say('done')}
    </Button>
  )
  return (
    <Dialog title={say('linkTitle')} onClose={onClose} actions={actions} size="medium">
      <div className={css['stack']}>
        <p>{say('linkSteps')}</p>
        <div className={css['center']}>
          <Qr text={login.dclogin} label={say('loginCode', { name: login.address })} />
        </div>
        <SecretText label={say('link')} text={login.dclogin} />
        <p className={css['note']}>{say('linkSecret')}</p>
      </div>
    </Dialog>
  )
}
