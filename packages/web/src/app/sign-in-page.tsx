import { type FormEvent, useState } from 'react'
import { signIn, wordsOf } from '../api/index.ts'
import { Button, Logo, Switch, TextField } from '../ui/index.ts'
import css from './sign-in-page.module.css'
import { say } from './words.ts'

export function SignInPage({ node }: { readonly node: string }) {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [stay, setStay] = useState(true)
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState<string>()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setFault(undefined)
    signIn({ name, password, stay })
      .catch((error: unknown) => setFault(wordsOf(error)))
      .finally(() => setBusy(false))
  }
  return (
    <main className={css['page']}>
      <form className={css['card']} onSubmit={submit}>
        <Logo size={56} />
        <h1>{say('signInTo', { node })}</h1>
        <p className={css['about']}>{say('signInAbout')}</p>
        <TextField
          label={say('name')}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          value={name}
          onChange={event => setName(event.target.value)}
        />
        <TextField
          label={say('password')}
          type="password"
          name="password"
          autoComplete="current-password"
          required
          fault={fault}
          value={password}
          onChange={event => setPassword(event.target.value)}
        />
        <Switch label={say('stay')} on={stay} onChange={setStay} />
        <Button look="primary" type="submit" wide busy={busy}>
          {say('signIn')}
        </Button>
      </form>
    </main>
  )
}
