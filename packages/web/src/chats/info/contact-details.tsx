import { apiLimits, type ContactView } from '@posthorn/api'
import { BadgeCheck, Ban, ContactRound, MessageCircle, Pencil, Share2 } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../api/index.ts'
import { fullTime, relativeTime } from '../../i18n/index.ts'
import { stores, useRow } from '../../stores/index.ts'
import { plainLine } from '../../text/line.ts'
import { Avatar, Button, Dialog, Label, Spinner, TextField } from '../../ui/index.ts'
import { attempt } from '../deeds.ts'
import { goToContact } from '../list/found-row.tsx'
import { nameOf } from '../row-text.ts'
import { say } from '../words.ts'
import { canShareCards, saveCard, shareCard } from './card.ts'
import { Fact, InfoButton } from './fact.tsx'
import css from './info.module.css'

interface ContactDetailsProps {
  readonly contact: number
  readonly go: (path: string) => void
  /** With the head and the way to the chat, where it does not stand in one. */
  readonly withChat?: boolean
}

/** What is known of somebody, and what can be done. */
export function ContactDetails({ contact, go, withChat = false }: ContactDetailsProps) {
  const view = useRow(stores().contacts.rows, contact)
  if (view === undefined) return <Spinner />
  if (view === null) return null
  return (
    <div className={css['contact']}>
      {withChat ? <Head view={view} go={go} /> : null}
      <Facts view={view} />
      <Deeds view={view} />
      {withChat ? (
        <div className={css['deeds']}>
          <BlockButton contact={contact} />
        </div>
      ) : null}
    </div>
  )
}

function Head({ view, go }: { readonly view: ContactView; readonly go: (path: string) => void }) {
  return (
    <div className={css['head']}>
      <Avatar name={nameOf(view)} avatar={view.avatar} size={6} />
      <h3 className={css['name']}>
        <bdi>{nameOf(view)}</bdi>
        {view.verified ? <BadgeCheck size={18} className={css['verified']} aria-label={say('verified')} /> : null}
      </h3>
      {view.blocked ? null : (
        <Button
          look="primary"
          icon={<MessageCircle aria-hidden size={18} />}
          onClick={() => void goToContact(view.id, go)}
        >
          {say('writeTo')}
        </Button>
      )}
    </div>
  )
}

function Facts({ view }: { readonly view: ContactView }) {
  const ownName = plainLine(view.ownName)
  const { lastSeen } = view
  return (
    <dl className={css['facts']}>
      {view.status === '' ? null : <Fact term={say('status')}>{view.status}</Fact>}
      <Fact term={say('address')}>{plainLine(view.address)}</Fact>
      {ownName === '' || ownName === nameOf(view) ? null : <Fact term={say('ownName')}>{ownName}</Fact>}
      <Fact term={say('lastSeen')}>
        {lastSeen === null ? (
          say('neverSeen')
        ) : (
          <time dateTime={new Date(lastSeen).toISOString()} title={fullTime(lastSeen)}>
            {relativeTime(lastSeen, Date.now())}
          </time>
        )}
      </Fact>
      {view.bot ? (
        <dd>
          <Label tone="information">{say('bot')}</Label>
        </dd>
      ) : null}
    </dl>
  )
}

function Deeds({ view }: { readonly view: ContactView }) {
  const [renaming, setRenaming] = useState(false)
  return (
    <div className={css['deeds']}>
      <InfoButton icon={Pencil} onClick={() => setRenaming(true)}>
        {say('rename')}
      </InfoButton>
      {view.reachable ? (
        <InfoButton icon={ContactRound} onClick={() => void attempt(() => saveCard(view))}>
          {say('saveCard')}
        </InfoButton>
      ) : null}
      {view.reachable && canShareCards() ? (
        <InfoButton icon={Share2} onClick={() => void attempt(() => shareCard(view))}>
          {say('shareCard')}
        </InfoButton>
      ) : null}
      {renaming ? <RenameDialog view={view} onClose={() => setRenaming(false)} /> : null}
    </div>
  )
}

/** Stands last, where it is not met by chance. */
export function BlockButton({ contact }: { readonly contact: number }) {
  const view = useRow(stores().contacts.rows, contact)
  if (view === undefined || view === null) return null
  const block = () =>
    attempt(async () => {
      const changed = await api.call('contacts.block', { contact, blocked: !view.blocked })
      stores().contacts.rows.put(changed)
    })
  return (
    <>
      {view.blocked ? <p className={css['note']}>{say('isBlocked')}</p> : null}
      <InfoButton icon={Ban} danger={!view.blocked} onClick={() => void block()}>
        {view.blocked ? say('unblock') : say('blockThem')}
      </InfoButton>
    </>
  )
}

function RenameDialog({ view, onClose }: { readonly view: ContactView; readonly onClose: () => void }) {
  const [name, setName] = useState(view.name === view.ownName ? '' : view.name)
  const [busy, setBusy] = useState(false)
  const save = async () => {
    setBusy(true)
    const saved = await attempt(async () =>
      stores().contacts.rows.put(await api.call('contacts.rename', { contact: view.id, name })),
    )
    if (saved) onClose()
    else setBusy(false)
  }
  const actions = (
    <>
      <Button onClick={onClose}>{say('cancel')}</Button>
      <Button look="primary" busy={busy} onClick={() => void save()}>
        {say('save')}
      </Button>
    </>
  )
  return (
    <Dialog title={say('renameTitle', { name: nameOf(view) })} onClose={onClose} actions={actions}>
      <TextField
        label={say('name')}
        hint={say('renameHint')}
        placeholder={plainLine(view.ownName)}
        value={name}
        maxLength={apiLimits.nameLettersMax}
        autoComplete="off"
        onChange={event => setName(event.target.value)}
      />
    </Dialog>
  )
}
