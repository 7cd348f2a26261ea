import type { PersonHere } from '@posthorn/api'
import { useId } from 'react'
import { plainLine } from '../../text/line.ts'
import { Avatar } from '../../ui/index.ts'
import { nameOf } from '../row-text.ts'
import { say } from '../words.ts'
import css from './dialogs.module.css'

interface PeopleHereProps {
  readonly people: readonly PersonHere[]
  readonly onMeet: (login: string) => void
}

/** Who of this node can be written to without an invite. */
export function PeopleHere({ people, onMeet }: PeopleHereProps) {
  const heading = useId()
  return (
    <section aria-labelledby={heading}>
      <h3 id={heading} className={css['heading']}>
        {say('peopleHere')}
      </h3>
      <ul className={css['here']}>
        {people.map(person => (
          <li key={person.login}>
            <button type="button" className={css['person']} onClick={() => onMeet(person.login)}>
              <Avatar name={nameOf(person)} avatar={person.avatar} size={2.5} />
              <span className={css['person-texts']}>
                <bdi className={css['person-name']}>{nameOf(person)}</bdi>
                <bdi className={css['person-about']}>{plainLine(person.address)}</bdi>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
