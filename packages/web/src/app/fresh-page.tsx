import { type FormEvent, useState } from 'react'
import { Button, Logo, TextField } from '../ui/index.ts'
import { codeOf } from './fresh-code.ts'
import css from './sign-in-page.module.css'
import { say } from './words.ts'

/**
 * The page of a node where nobody lives. The browser is opened without the secret, since every user of the machine sees
 * the arguments of programs: it is asked for here.
 */
export function FreshPage() {
  const [given, setGiven] = useState('')
  const [fault, setFault] = useState<string>()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const code = codeOf(given)
    if (code === null) setFault(say('freshNoCode'))
    else window.location.hash = `/set-up/${code}`
  }
  return (
    <main className={css['page']}>
      <form className={css['card']} onSubmit={submit}>
        <Logo size={56} />
        <h1>{say('fresh')}</h1>
        <p className={css['about']}>{say('freshAbout')}</p>
        <TextField
          label={say('freshCode')}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          required
          fault={fault}
          value={given}
          onChange={event => setGiven(event.target.value)}
        />
        <Button look="primary" type="submit" wide>
          {say('freshGo')}
        </Button>
      </form>
    </main>
  )
}
