import { TextField } from '../ui/index.ts'
import { say } from './words.ts'

interface NameFieldProps {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly label: string
  readonly hint?: string
}

/** A name that becomes an address. */
export function NameField({ value, onChange, label, hint }: NameFieldProps) {
  return (
    <TextField
      label={label}
      hint={hint}
      name="username"
      autoComplete="username"
      autoCapitalize="none"
      spellCheck={false}
      maxLength={64}
      value={value}
      onChange={event => onChange(event.target.value)}
    />
  )
}

interface PasswordFieldProps {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly label?: string
  readonly hint?: string
  readonly fault?: string | undefined
  readonly isOld?: boolean
}

export function PasswordField({ value, onChange, label, hint, fault, isOld = false }: PasswordFieldProps) {
  return (
    <TextField
      label={label ?? say('password')}
      hint={isOld ? undefined : (hint ?? say('passwordHint'))}
      fault={fault}
      type="password"
      name={isOld ? 'password' : 'new-password'}
      autoComplete={isOld ? 'current-password' : 'new-password'}
      required
      value={value}
      onChange={event => onChange(event.target.value)}
    />
  )
}
