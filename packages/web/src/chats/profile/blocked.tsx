import { api } from '../../api/index.ts'
import { stores, useAsked, useRow } from '../../stores/index.ts'
import { plainLine } from '../../text/line.ts'
import { Avatar, Button, Row, Section } from '../../ui/index.ts'
import { attempt } from '../deeds.ts'
import { nameOf } from '../row-text.ts'
import { say } from '../words.ts'
import css from './profile.module.css'

/** Whom one has blocked: a part of the settings. */
export function Blocked() {
  const { value, again } = useAsked('contacts.ids', { blocked: true }, ['contacts.changed'])
  return (
    <Section title={say('blocked')} about={say('blockedAbout')}>
      {value === undefined || value.ids.length === 0 ? <p className={css['nobody']}>{say('nobodyBlocked')}</p> : null}
      <ul>
        {value?.ids.map(id => (
          <BlockedLine key={id} id={id} changed={again} />
        ))}
      </ul>
    </Section>
  )
}

function BlockedLine({ id, changed }: { readonly id: number; readonly changed: () => void }) {
  const contact = useRow(stores().contacts.rows, id)
  if (contact === undefined || contact === null) return null
  const unblock = () =>
    attempt(async () => {
      stores().contacts.rows.put(await api.call('contacts.block', { contact: id, blocked: false }))
      changed()
    })
  return (
    <li className={css['line']}>
      <Row
        start={<Avatar name={nameOf(contact)} avatar={contact.avatar} size={2.5} />}
        title={<bdi>{nameOf(contact)}</bdi>}
        text={<bdi>{plainLine(contact.address)}</bdi>}
      />
      <Button onClick={() => void unblock()}>{say('unblock')}</Button>
    </li>
  )
}
