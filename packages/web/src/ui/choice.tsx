import { useId } from 'react'
import css from './choice.module.css'

interface ChoiceProps<T extends string | number> {
  readonly label: string
  readonly hint?: string
  readonly value: T
  readonly choices: readonly { readonly value: T; readonly label: string }[]
  readonly onChoose: (value: T) => void
}

/** One of a few, all of them to be seen. */
export function Choice<T extends string | number>({ label, hint, value, choices, onChoose }: ChoiceProps<T>) {
  const name = useId()
  return (
    <fieldset className={css['choice']}>
      <legend className={css['legend']}>{label}</legend>
      {hint === undefined ? null : <p className={css['hint']}>{hint}</p>}
      <div className={css['options']}>
        {choices.map(choice => (
          <label key={choice.value} className={css['option']}>
            <input
              type="radio"
              name={name}
              className={css['input']}
              checked={choice.value === value}
              onChange={() => onChoose(choice.value)}
            />
            <span className={css['text']}>{choice.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
