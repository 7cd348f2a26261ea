import type { PersonView } from '@posthorn/api'
import { Ellipsis } from 'lucide-react'
import { api } from '../api/index.ts'
import { fileSize } from '../i18n/index.ts'
import { Avatar, IconButton, Label, Menu, type MenuItems, Progress, Row } from '../ui/index.ts'
import { tellFault } from './faults.ts'
import css from './people.module.css'
import { say } from './words.ts'

export type PersonDeed = 'quota' | 'password' | 'remove'

interface PersonRowProps {
  readonly person: PersonView
  readonly isSelf: boolean
  readonly onDeed: (deed: PersonDeed) => void
  readonly onChanged: () => void
}

export function PersonRow({ person, isSelf, onDeed, onChanged }: PersonRowProps) {
  const { name, address, role, mailBytes, quotaBytes } = person
  const used = fileSize(mailBytes)
  const words = quotaBytes === null ? say('used', { used }) : say('usedOf', { used, quota: fileSize(quotaBytes) })
  const isAdmin = role === 'admin'
  const setAdmin = () => {
    api.call('people.admin', { name, admin: !isAdmin }).then(onChanged, tellFault)
  }
  const items: MenuItems = [
    [
      { id: 'quota', label: say('changeQuota'), run: () => onDeed('quota') },
      { id: 'admin', label: isAdmin ? say('unmakeAdmin') : say('makeAdmin'), run: setAdmin },
    ],
    isSelf
      ? []
      : [
          { id: 'password', label: say('newPassword'), run: () => onDeed('password') },
          { id: 'remove', label: say('remove'), danger: true, run: () => onDeed('remove') },
        ],
  ]
  const title = (
    <span className={css['name']}>
      <bdi>{name}</bdi>
      {isSelf ? <Label tone="accent">{say('you')}</Label> : null}
      {isAdmin ? <Label tone="information">{say('admin')}</Label> : null}
    </span>
  )
  return (
    <li className={css['person']}>
      <Row
        start={
          <Avatar name={name} avatar={{ path: null, color: colorOf(name), initials: initialOf(name) }} size={2.5} />
        }
        title={title}
        text={<bdi title={address}>{address}</bdi>}
        end={
          <Menu items={items}>
            <IconButton icon={Ellipsis} label={say('actionsFor', { name })} />
          </Menu>
        }
      />
      <span className={css['usage']}>
        {quotaBytes === null ? null : (
          <Progress label={words} done={Math.min(mailBytes, quotaBytes)} total={quotaBytes} />
        )}
        <span className={css['note']}>{words}</span>
      </span>
    </li>
  )
}

function initialOf(name: string): string {
  // Names of people here are ASCII.
  return name.slice(0, 1).toUpperCase()
}

/** Always the same for the same name. */
function colorOf(name: string): string {
  const colors = ['#8a4e06', '#1b5e8c', '#1c6b3c', '#7a3b8f', '#a13d3d', '#4a5a1f'] as const
  let sum = 0
  for (const letter of name) sum += letter.codePointAt(0) ?? 0
  return colors[sum % colors.length] ?? colors[0]
}
