import type { LoginView } from '@posthorn/api'
import { Button, Dialog, Qr } from '../ui/index.ts'
import css from './people.module.css'
import { SecretText } from './secret-text.tsx'
import { say } from './words.ts'

interface LoginDialogProps {
  readonly name: string
  readonly login: LoginView
  readonly onClose: () => void
}

/** How somebody logs in, shown once. */
export function LoginDialog({ name, login, onClose }: LoginDialogProps) {
  const actions = (
    <Button look="primary" onClick={onClose}>
      {say('done')}
    </Button>
  )
  return (
    <Dialog title={say('loginTitle', { name })} onClose={onClose} actions={actions} size="medium">
      <div className={css['stack']}>
        <p className={css['about']}>{say('loginAbout')}</p>
        <div className={css['center']}>
          <Qr text={login.dclogin} label={say('loginCode', { name })} />
        </div>
        <SecretText label={say('address')} text={login.address} />
        <SecretText label={say('password')} text={login.password} />
      </div>
    </Dialog>
  )
}
