import { Eye, EyeOff } from 'lucide-react'
import { type ComponentProps, type ReactNode, useId, useState } from 'react'
import { classes } from './classes.ts'
import css from './field.module.css'
import { IconButton } from './icon-button.tsx'
import { say } from './words.ts'

interface FieldParts {
  readonly label: string
  /** Under it: what to write. */
  readonly hint?: string | undefined
  /** What is wrong with what was written, and what to do. */
  readonly fault?: string | undefined
  /** Read aloud only. */
  readonly hideLabel?: boolean
}

export type TextFieldProps = FieldParts & Omit<ComponentProps<'input'>, 'id'> & { readonly end?: ReactNode }

/** One line of text. A `type="password"` can be shown. */
export function TextField({ label, hint, fault, hideLabel, end, className, type = 'text', ...rest }: TextFieldProps) {
  const id = useId()
  const [shown, setShown] = useState(false)
  const isPassword = type === 'password'
  return (
    <Frame id={id} parts={{ label, hint, fault, hideLabel: hideLabel === true }} className={className}>
      <span className={css['box']}>
        <input
          {...rest}
          {...described(id, hint, fault)}
          id={id}
          type={isPassword && shown ? 'text' : type}
          className={css['input']}
        />
        {isPassword ? (
          <IconButton
            small
            icon={shown ? EyeOff : Eye}
            label={shown ? say('hide') : say('show')}
            onClick={() => setShown(!shown)}
          />
        ) : (
          end
        )}
      </span>
    </Frame>
  )
}

export type TextAreaProps = FieldParts & Omit<ComponentProps<'textarea'>, 'id'>

/** Several lines of text; it grows with them. */
export function TextArea({ label, hint, fault, hideLabel, className, ...rest }: TextAreaProps) {
  const id = useId()
  return (
    <Frame id={id} parts={{ label, hint, fault, hideLabel: hideLabel === true }} className={className}>
      <span className={css['box']}>
        <textarea rows={3} {...rest} {...described(id, hint, fault)} id={id} className={css['input']} />
      </span>
    </Frame>
  )
}

export interface SelectFieldProps extends FieldParts {
  readonly value: string
  readonly choices: readonly { readonly value: string; readonly label: string }[]
  readonly onChoose: (value: string) => void
}

/** One of a few, by the platform's own list: best on phones. */
export function SelectField({ label, hint, fault, hideLabel, value, choices, onChoose }: SelectFieldProps) {
  const id = useId()
  return (
    <Frame id={id} parts={{ label, hint, fault, hideLabel: hideLabel === true }} className={undefined}>
      <select
        {...described(id, hint, fault)}
        id={id}
        className={css['select']}
        value={value}
        onChange={event => onChoose(event.target.value)}
      >
        {choices.map(choice => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    </Frame>
  )
}

function Frame(props: { id: string; parts: FieldParts; className: string | undefined; children: ReactNode }) {
  const { id, parts } = props
  return (
    <div className={classes(css['field'], props.className)}>
      <label htmlFor={id} className={parts.hideLabel === true ? css['hidden'] : css['label']}>
        {parts.label}
      </label>
      {props.children}
      {parts.fault === undefined ? null : (
        <p id={`${id}-fault`} className={css['fault']} role="alert">
          {parts.fault}
        </p>
      )}
      {parts.hint === undefined || parts.fault !== undefined ? null : (
        <p id={`${id}-hint`} className={css['hint']}>
          {parts.hint}
        </p>
      )}
    </div>
  )
}

function described(id: string, hint: string | undefined, fault: string | undefined) {
  if (fault !== undefined) return { 'aria-describedby': `${id}-fault`, 'aria-invalid': true }
  return hint === undefined ? {} : { 'aria-describedby': `${id}-hint` }
}
