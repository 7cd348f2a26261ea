/** Cards for what is neither text nor a picture: contacts, apps, calls, and what has not come yet. */
import type { MessageView } from '@posthorn/api'
import { Blocks, Clock3, CloudDownload, Phone, TriangleAlert, UserRoundPlus } from 'lucide-react'
import type { ReactNode } from 'react'
import { fileSize } from '../../i18n/index.ts'
import { plainLine } from '../../text/line.ts'
import { Button, classes, Spinner } from '../../ui/index.ts'
import { fetchRest, takeContact } from '../doing.ts'
import { say } from '../words.ts'
import css from './card.module.css'

interface CardProps {
  readonly icon: ReactNode
  readonly title: string
  readonly note: string
  readonly color?: string
  readonly children?: ReactNode
}

function Card({ icon, title, note, color, children }: CardProps) {
  const background = color === undefined ? undefined : `color-mix(in oklab, ${color} 72%, #2a2115)`
  return (
    <div className={css['card']}>
      <span className={classes(css['icon'], color !== undefined && css['round'])} style={{ background }}>
        {icon}
      </span>
      <span className={css['texts']}>
        <span className={css['title']}>
          <bdi>{title}</bdi>
        </span>
        <span className={css['note']}>
          <bdi>{note}</bdi>
        </span>
      </span>
      {children}
    </div>
  )
}

export function ContactCard({ message }: { readonly message: MessageView }) {
  const { card } = message
  if (card === null) return null
  const name = plainLine(card.name === '' ? card.address : card.name)
  const initial = Array.from(name)[0]?.toLocaleUpperCase() ?? '?'
  return (
    <>
      <Card icon={initial} color={card.color} title={name} note={plainLine(card.address)} />
      {message.mine ? null : (
        <Button wide icon={<UserRoundPlus aria-hidden size={18} />} onClick={() => void takeContact(message.id)}>
          {say('takeContact')}
        </Button>
      )}
    </>
  )
}

export function AppCard({ message }: { readonly message: MessageView }) {
  const title = message.file === null ? say('appTitle') : plainLine(message.file.name)
  return <Card icon={<Blocks aria-hidden size={22} />} title={title} note={say('appText')} />
}

export function CallCard() {
  return <Card icon={<Phone aria-hidden size={22} />} title={say('call')} note={say('callText')} />
}

/** Of a message that is not all here: what is known of the rest, and how to have it. */
export function Rest({ message }: { readonly message: MessageView }) {
  if (message.rest === 'here') return null
  const size = message.file === null ? null : fileSize(message.file.sizeBytes)
  if (message.rest === 'coming') {
    return (
      <div className={css['rest']}>
        <Clock3 aria-hidden size={16} />
        {say('comesLater')}
      </div>
    )
  }
  if (message.rest === 'fetching') {
    return (
      <div className={css['rest']}>
        <Spinner size="1rem" label={say('restFetching')} />
        {say('restFetching')}
      </div>
    )
  }
  return (
    <div className={css['rest']}>
      {message.rest === 'failed' ? <TriangleAlert aria-hidden size={16} /> : null}
      {message.rest === 'failed' ? say('restFailed') : null}
      {message.rest === 'waits' && size !== null ? say('restWaits', { size }) : null}
      <Button icon={<CloudDownload aria-hidden size={18} />} onClick={() => fetchRest(message.id)}>
        {say('fetchRest')}
      </Button>
    </div>
  )
}
