import { type FormEvent, useState } from 'react'
import { api, useSession } from '../api/index.ts'
import { Banner, Button, Section, toast } from '../ui/index.ts'
import { PasswordField } from './account-fields.tsx'
import css from './people.module.css'
import { useDeed } from './use-deed.ts'
import { say } from './words.ts'

/** A new password for the old one. */
export function PasswordPage() {
  const [old, setOld] = useState('')
  const [fresh, setFresh] = useState('')
  const { busy, fault, run } = useDeed()
  const name = useSession(state => state.session?.user?.name)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    run(async () => {
      await api.call('password.change', { old, fresh })
      setOld('')
      setFresh('')
      toast({ text: say('changed') })
    })
  }
  return (
    <Section title={say('ownPassword')}>
      <form className={css['stack']} onSubmit={submit}>
        {/* So that password managers know whose it is. */}
        <input type="text" name="username" autoComplete="username" value={name ?? ''} readOnly hidden />
        <PasswordField label={say('oldPassword')} value={old} onChange={setOld} isOld />
        <PasswordField label={say('freshPassword')} value={fresh} onChange={setFresh} />
        {fault === undefined ? null : <Banner tone="danger">{fault}</Banner>}
        <Button look="primary" type="submit" busy={busy} disabled={old === '' || fresh === ''}>
          {say('change')}
        </Button>
      </form>
    </Section>
  )
}
