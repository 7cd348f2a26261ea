import type { ChatView } from '@posthorn/api'
import { BadgeCheck, QrCode, UserMinus, UserPlus } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../api/index.ts'
import { stores, useRow } from '../../stores/index.ts'
import { plainLine } from '../../text/line.ts'
import { Avatar, ContextMenu, IconButton } from '../../ui/index.ts'
import { openChatDialog } from '../dialog-store.ts'
import { Confirm } from '../dialogs/confirm.tsx'
import { canChange } from '../possible.ts'
import { nameOf } from '../row-text.ts'
import { say } from '../words.ts'
import { InfoButton } from './fact.tsx'
import css from './info.module.css'

/** One's own contact id. */
const self = 1

/** Who is in a group or channel. */
export function Members({ view }: { readonly view: ChatView }) {
  const [removing, setRemoving] = useState<{ id: number; name: string }>()
  const mayChange = canChange(view)
  const remove = async (member: number) =>
    stores().chats.changed(await api.call('chats.remove', { chat: view.id, member }))
  const count = view.members.length
  const members = [...view.members].sort((one, other) => Number(other === self) - Number(one === self))
  return (
    <section className={css['part']}>
      <h3>{view.kind === 'channel-out' ? say('readers', { count }) : say('members', { count })}</h3>
      {mayChange ? (
        <>
          <InfoButton icon={UserPlus} onClick={() => openChatDialog({ kind: 'members', chat: view.id })}>
            {say('addMembers')}
          </InfoButton>
          <InfoButton icon={QrCode} onClick={() => openChatDialog({ kind: 'invite', chat: view.id })}>
            {say('inviteTo')}
          </InfoButton>
        </>
      ) : null}
      <ul className={css['members']}>
        {members.map(id => (
          <Member key={id} id={id} remove={mayChange && id !== self ? name => setRemoving({ id, name }) : undefined} />
        ))}
      </ul>
      {removing === undefined ? null : (
        <Confirm
          title={say('removeTitle', { name: removing.name })}
          texts={[say('removeText', { name: removing.name, chat: nameOf(view) })]}
          button={say('removeIt')}
          run={() => remove(removing.id)}
          onClose={() => setRemoving(undefined)}
        />
      )}
    </section>
  )
}

interface MemberProps {
  readonly id: number
  /** Undefined: they stay. */
  readonly remove: ((name: string) => void) | undefined
}

function Member({ id, remove }: MemberProps) {
  const contact = useRow(stores().contacts.rows, id)
  if (contact === undefined || contact === null) return <li className={css['member']} aria-hidden />
  const name = id === self ? say('you') : nameOf(contact)
  const entries =
    remove === undefined
      ? []
      : [{ id: 'remove', label: say('removeMember'), icon: UserMinus, danger: true, run: () => remove(name) }]
  const open = () => openChatDialog(id === self ? null : { kind: 'contact', contact: id })
  return (
    <li className={css['member-line']}>
      <ContextMenu items={[entries]}>
        <button type="button" className={css['member']} onClick={open} disabled={id === self}>
          <Avatar name={name} avatar={contact.avatar} size={2.25} />
          <span className={css['member-texts']}>
            <bdi className={css['member-name']}>{name}</bdi>
            <bdi className={css['member-about']}>{plainLine(contact.status) || plainLine(contact.address)}</bdi>
          </span>
          {contact.verified && id !== self ? (
            <BadgeCheck size={16} className={css['verified']} aria-label={say('verified')} />
          ) : null}
        </button>
      </ContextMenu>
      {remove === undefined ? null : (
        <IconButton
          small
          icon={UserMinus}
          label={`${say('removeMember')}: ${name}`}
          className={css['remove']}
          onClick={() => remove(name)}
        />
      )}
    </li>
  )
}
