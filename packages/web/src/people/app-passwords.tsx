import type { AppPasswordView } from '@posthorn/api'
import { X } from 'lucide-react'
import { useState } from 'react'
import { api } from '../api/index.ts'
import { relativeTime } from '../i18n/index.ts'
import { Button, Dialog, IconButton, Row, Section, toast } from '../ui/index.ts'
import { tellFault } from './faults.ts'
import { LabelDialog } from './label-dialog.tsx'
import css from './people.module.css'
import { SecretText } from './secret-text.tsx'
import { say } from './words.ts'

/** The node makes it for the account of this chat. */
const webChatLabel = 'web chat'

interface AppPasswordsProps {
  readonly passwords: readonly AppPasswordView[]
  readonly onChanged: () => void
}

/** Which apps may log in, each by a password of its own. */
export function AppPasswords({ passwords, onChanged }: AppPasswordsProps) {
  const [isAsking, setAsking] = useState(false)
  const [made, setMade] = useState<{ readonly label: string; readonly password: string }>()
  const remove = (label: string) => {
    api
      .call('app-passwords.remove', { label })
      .then(() => toast({ text: say('removedAppPassword', { label }) }), tellFault)
      .finally(onChanged)
  }
  const add = async (label: string) => {
    setMade(await api.call('app-passwords.add', { label }))
    setAsking(false)
    onChanged()
  }
  return (
    <Section title={say('appPasswords')} about={say('appPasswordsAbout')}>
      {passwords.length === 0 ? <p className={css['about']}>{say('noAppPasswords')}</p> : null}
      <ul className={css['list']}>
        {passwords.map(password => (
          <li key={password.label}>
            <Row
              title={<bdi>{password.label}</bdi>}
              text={textOf(password)}
              end={
                <IconButton
                  icon={X}
                  label={say('removeAppPassword', { label: password.label })}
                  onClick={() => remove(password.label)}
                />
              }
            />
          </li>
        ))}
      </ul>
      <Button onClick={() => setAsking(true)}>{say('addAppPassword')}</Button>
      {isAsking ? (
        <LabelDialog
          title={say('addAppPassword')}
          first=""
          button={say('addAppPassword')}
          run={add}
          onClose={() => setAsking(false)}
        />
      ) : null}
      {made === undefined ? null : <Made {...made} onClose={() => setMade(undefined)} />}
    </Section>
  )
}

function textOf({ label, lastUsedAt }: AppPasswordView): string {
  if (label === webChatLabel) return say('webChat')
  return lastUsedAt === null
    ? say('neverUsed')
    : say('lastUsed', { when: relativeTime(Date.parse(lastUsedAt), Date.now()) })
}

function Made(props: { readonly label: string; readonly password: string; readonly onClose: () => void }) {
  const { label, password, onClose } = props
  const actions = (
    <Button look="primary" onClick={onClose}>
      {say('done')}
    </Button>
  )
  return (
    <Dialog title={say('appPasswordTitle', { label })} onClose={onClose} actions={actions}>
      <div className={css['stack']}>
        <p className={css['about']}>{say('appPasswordOnce')}</p>
        <SecretText label={say('password')} text={password} />
      </div>
    </Dialog>
  )
}
