import { apiLimits, type ProfileView } from '@posthorn/api'
import { Copy, QrCode } from 'lucide-react'
import { useState } from 'react'
import { api, upload, wordsOf } from '../../api/index.ts'
import { PictureField } from '../../pictures/picture-field.tsx'
import { useAsked } from '../../stores/index.ts'
import { copyText } from '../../text/copy.ts'
import { Button, EmptyState, Section, Spinner, Switch, TextArea, TextField, toast } from '../../ui/index.ts'
import { attempt } from '../deeds.ts'
import { openChatDialog } from '../dialog-store.ts'
import { say } from '../words.ts'
import css from './profile.module.css'

/** What others see of oneself, and how one's messages travel: a part of the settings. */
export function Profile() {
  const profile = useAsked('profile.show', {}, ['profile.changed'])
  if (profile.value !== undefined) return <ProfileForm profile={profile.value} changed={profile.again} />
  if (profile.error === undefined) return <Spinner />
  return (
    <EmptyState title={say('noProfile')} action={<Button onClick={profile.again}>{say('tryAgain')}</Button>}>
      {wordsOf(profile.error)}
    </EmptyState>
  )
}

interface FormProps {
  readonly profile: ProfileView
  readonly changed: () => void
}

function ProfileForm({ profile, changed }: FormProps) {
  const change = (what: Parameters<typeof api.call<'profile.change'>>[1]) =>
    attempt(async () => {
      await api.call('profile.change', what)
      changed()
    })
  const setPicture = (picture: Blob | null) =>
    attempt(async () => {
      await api.call('profile.change', { avatar: picture && (await upload(picture, 'picture.jpg')) })
      changed()
    })
  return (
    <>
      <Section title={say('profile')}>
        <PictureField name={profile.name} avatar={profile.avatar} onChange={picture => void setPicture(picture)} />
        <Names key={`${profile.name}\n${profile.status}`} profile={profile} save={change} />
      </Section>
      <Section title={say('ownAddress')} about={say('ownAddressAbout')}>
        <Address address={profile.address} />
      </Section>
      <Section title={say('whoFindsYou')}>
        <Switch
          label={say('visibleHere')}
          hint={say('visibleHereHint')}
          on={profile.visibleHere}
          onChange={visibleHere => void change({ visibleHere })}
        />
      </Section>
      <Section title={say('howMessagesGo')}>
        <Switch
          label={say('readReceipts')}
          hint={say('readReceiptsHint')}
          on={profile.readReceipts}
          onChange={readReceipts => void change({ readReceipts })}
        />
        <Switch
          label={say('smallImages')}
          hint={say('smallImagesHint')}
          on={profile.smallImages}
          onChange={smallImages => void change({ smallImages })}
        />
      </Section>
    </>
  )
}

interface NamesProps {
  readonly profile: ProfileView
  readonly save: (what: { name: string; status: string }) => Promise<boolean>
}

function Names({ profile, save }: NamesProps) {
  const [name, setName] = useState(profile.name)
  const [status, setStatus] = useState(profile.status)
  const [busy, setBusy] = useState(false)
  const isChanged = name.trim() !== profile.name || status !== profile.status
  const submit = async () => {
    setBusy(true)
    if (await save({ name: name.trim(), status })) toast({ text: say('profileSaved') })
    setBusy(false)
  }
  return (
    <form
      className={css['form']}
      onSubmit={event => {
        event.preventDefault()
        void submit()
      }}
    >
      <TextField
        label={say('yourName')}
        value={name}
        maxLength={apiLimits.nameLettersMax}
        autoComplete="nickname"
        onChange={event => setName(event.target.value)}
      />
      <TextArea
        label={say('yourStatus')}
        hint={say('yourStatusHint')}
        value={status}
        maxLength={apiLimits.statusLettersMax}
        onChange={event => setStatus(event.target.value)}
      />
      {isChanged ? (
        <Button type="submit" look="primary" busy={busy} disabled={name.trim() === ''} className={css['save']}>
          {say('save')}
        </Button>
      ) : null}
    </form>
  )
}

function Address({ address }: { readonly address: string }) {
  const copy = async () => toast({ text: (await copyText(address)) ? say('addressCopied') : say('cannotCopy') })
  return (
    <div className={css['address']}>
      <bdi className={css['own']}>{address}</bdi>
      <span className={css['buttons']}>
        <Button icon={<Copy aria-hidden size={18} />} onClick={() => void copy()}>
          {say('copyAddress')}
        </Button>
        <Button icon={<QrCode aria-hidden size={18} />} onClick={() => openChatDialog({ kind: 'invite', chat: null })}>
          {say('showInvite')}
        </Button>
      </span>
    </div>
  )
}
