import type { PersonHere } from '@posthorn/api'
import { Check } from 'lucide-react'
import { type ReactNode, useMemo, useState } from 'react'
import { stores, useAsked, useRow } from '../../stores/index.ts'
import { plainLine } from '../../text/line.ts'
import { Avatar, classes, Spinner, TextField, VirtualList } from '../../ui/index.ts'
import { nameOf } from '../row-text.ts'
import { say } from '../words.ts'
import css from './dialogs.module.css'
import { PeopleHere } from './people-here.tsx'

interface PickerProps {
  /** Those who are not offered: members already. */
  readonly without?: readonly number[]
  /** Those who are chosen; undefined where one is chosen at once. */
  readonly chosen?: ReadonlySet<number>
  readonly onPick: (contact: number) => void
  /** People of this node, offered first; their contacts are not offered again. */
  readonly here?: readonly PersonHere[]
  readonly onMeet?: (login: string) => void
  /** Of the people of this node: whether somebody is chosen. */
  readonly isHereChosen?: (person: PersonHere) => boolean
  /** What is said where there is nobody to choose from. */
  readonly empty?: ReactNode
}

const nobody: readonly number[] = []
const nobodyHere: readonly PersonHere[] = []
/** Ids below are oneself and the engine's own. */
const firstContact = 10

/** People to choose from, with a search. */
export function Picker(props: PickerProps) {
  const { without = nobody, here = nobodyHere, chosen, onPick, onMeet, isHereChosen, empty } = props
  const [text, setText] = useState('')
  const found = useAsked('contacts.ids', { query: text.trim() }, ['contacts.changed'])
  const ids = useMemo(() => {
    const left = new Set([...without, ...here.map(({ contact }) => contact)])
    return (found.value?.ids ?? []).filter(id => id >= firstContact && !left.has(id))
  }, [found.value, without, here])
  const near = useMemo(() => findHere(here, text), [here, text])
  return (
    <div className={css['picker']}>
      <TextField
        label={say('findPeople')}
        hideLabel
        placeholder={say('findPeople')}
        value={text}
        maxLength={200}
        autoComplete="off"
        onChange={event => setText(event.target.value)}
      />
      {near.length === 0 ? null : (
        <PeopleHere people={near} onMeet={login => onMeet?.(login)} isChosen={isHereChosen} />
      )}
      {ids.length === 0 && near.length > 0 ? null : ids.length === 0 ? (
        <div className={css['nobody']}>
          {found.value === undefined ? <Spinner /> : text === '' ? (empty ?? say('nobodyYet')) : say('nobodyFound')}
        </div>
      ) : (
        <VirtualList label={say('people')} className={css['people']} lines={ids} keyOf={String} estimate={() => 56}>
          {(id, tabIndex) => (
            <PersonButton id={id} tabIndex={tabIndex} chosen={chosen?.has(id)} onPick={() => onPick(id)} />
          )}
        </VirtualList>
      )}
    </div>
  )
}

function findHere(here: readonly PersonHere[], text: string): readonly PersonHere[] {
  const wanted = text.trim().toLocaleLowerCase()
  const isFound = (known: string) => known.toLocaleLowerCase().includes(wanted)
  return here.filter(({ name, address }) => isFound(name) || isFound(address))
}

interface PersonButtonProps {
  readonly id: number
  readonly tabIndex: 0 | -1
  readonly chosen: boolean | undefined
  readonly onPick: () => void
}

function PersonButton({ id, tabIndex, chosen, onPick }: PersonButtonProps) {
  const contact = useRow(stores().contacts.rows, id)
  if (contact === undefined || contact === null) return <span className={css['person']} aria-hidden />
  return (
    <button
      type="button"
      className={classes(css['person'], chosen === true && css['chosen'])}
      tabIndex={tabIndex}
      aria-pressed={chosen}
      disabled={chosen !== undefined && !contact.reachable}
      onClick={onPick}
    >
      <Avatar name={nameOf(contact)} avatar={contact.avatar} size={2.5} />
      <span className={css['person-texts']}>
        <bdi className={css['person-name']}>{nameOf(contact)}</bdi>
        <bdi className={css['person-about']}>
          {contact.reachable ? plainLine(contact.status) || plainLine(contact.address) : say('unreachable')}
        </bdi>
      </span>
      {chosen === true ? <Check aria-hidden size={20} /> : null}
    </button>
  )
}
