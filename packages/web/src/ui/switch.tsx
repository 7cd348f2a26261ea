import { useId } from 'react'
import css from './switch.module.css'

interface SwitchProps {
  readonly label: string
  readonly hint?: string
  readonly on: boolean
  readonly onChange: (on: boolean) => void
  readonly disabled?: boolean
}

/** On or off, at once. */
export function Switch({ label, hint, on, onChange, disabled = false }: SwitchProps) {
  const id = useId()
  return (
    <label className={css['line']}>
      <span className={css['texts']}>
        <span>{label}</span>
        {hint === undefined ? null : (
          <span id={id} className={css['hint']}>
            {hint}
          </span>
        )}
      </span>
      <input
        type="checkbox"
        role="switch"
        className={css['switch']}
        checked={on}
        aria-checked={on}
        disabled={disabled}
        aria-label={label}
        aria-describedby={hint === undefined ? undefined : id}
        onChange={event => onChange(event.target.checked)}
      />
    </label>
  )
}
