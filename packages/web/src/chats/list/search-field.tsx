import { Search, X } from 'lucide-react'
import type { KeyboardEvent, Ref } from 'react'
import { IconButton } from '../../ui/index.ts'
import { say } from '../words.ts'
import css from './list.module.css'

interface SearchFieldProps {
  readonly text: string
  readonly onType: (text: string) => void
  /** Into what was found. */
  readonly onEnter: () => void
  readonly fieldRef: Ref<HTMLInputElement>
}

/** Escape empties it; the arrow down and Enter lead to what was found. */
export function SearchField({ text, onType, onEnter, fieldRef }: SearchFieldProps) {
  const press = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Escape') {
      onType('')
      event.currentTarget.blur()
    } else if (event.key === 'ArrowDown' || event.key === 'Enter') {
      onEnter()
    } else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <search className={css['search']}>
      <Search aria-hidden size={18} />
      <input
        ref={fieldRef}
        type="search"
        value={text}
        maxLength={200}
        placeholder={say('search')}
        aria-label={say('searchWhere')}
        autoComplete="off"
        spellCheck={false}
        enterKeyHint="search"
        onChange={event => onType(event.target.value)}
        onKeyDown={press}
      />
      {text === '' ? null : <IconButton small icon={X} label={say('clearSearch')} onClick={() => onType('')} />}
    </search>
  )
}
