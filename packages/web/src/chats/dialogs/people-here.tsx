import type { PersonHere } from '@posthorn/api'
import { Check } from 'lucide-react'
import { useId } from 'react'
import { plainLine } from '../../text/line.ts'
import { Avatar, classes } from '../../ui/index.ts'
import { nameOf } from '../row-text.ts'
import { say } from '../words.ts'
import css from './dialogs.module.css'

interface PeopleHereProps {
  readonly people: readonly PersonHere[]
  readonly onMeet: (login: string) => void
  /** Whether somebody is chosen; undefined where one is chosen at once. */
  readonly isChosen?: ((person: PersonHere) => boolean) | undefined
}

/** Who of this node can be written to without an invite. */
export function PeopleHere({ people, onMeet, isChosen }: PeopleHereProps) {
  const heading = useId()
  return (
    <section aria-labelledby={heading}>
      <h3 id={heading} className={css['heading']}>
        {say('peopleHere')}
      </h3>
      <ul className={css['here']}>
        {people.map(person => (
          <li key={person.login}>
            <button
              type="button"
              className={classes(css['person'], isChosen?.(person) === true && css['chosen'])}
              aria-pressed={isChosen?.(person)}
              onClick={() => onMeet(person.login)}
            >
              <Avatar name={nameOf(person)} avatar={person.avatar} size={2.5} />
              <span className={css['person-texts']}>
                <bdi className={css['person-name']}>{nameOf(person)}</bdi>
                <bdi className={css['person-about']}>{plainLine(person.address)}</bdi>
              </span>
              {isChosen?.(person) === true ? <Check aria-hidden size={20} /> : null}
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
