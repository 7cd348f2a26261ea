import type { InvitedView, LoginView, PersonView } from '@posthorn/api'
import { Network, QrCode, Smartphone, UserPlus, X } from 'lucide-react'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { api, useSession, wordsOf } from '../api/index.ts'
import { fileSize } from '../i18n/index.ts'
import { useAsked } from '../stores/index.ts'
import { Banner, Button, IconButton, Page, Row, Section, Spinner, toast } from '../ui/index.ts'
import { tellFault } from './faults.ts'
import { InviteDialog } from './invite-dialog.tsx'
import { LoginDialog } from './login-dialog.tsx'
import css from './people.module.css'
import { AddDialog, PasswordDialog, QuotaDialog, RemoveDialog } from './person-dialogs.tsx'
import { type PersonDeed, PersonRow } from './person-row.tsx'
import { say } from './words.ts'

type Open =
  | { readonly kind: 'add' | 'invite' }
  | { readonly kind: PersonDeed; readonly person: PersonView }
  | { readonly kind: 'login'; readonly name: string; readonly login: LoginView }

/** Who lives here, for who looks after the node. */
export function PeoplePage() {
  const [path] = useLocation()
  const [open, setOpen] = useState<Open>()
  const people = useAsked('people.list', {})
  const invites = useAsked('people.invites', {})
  const self = useSession(state => state.session?.user?.name)
  const again = () => {
    people.again()
    invites.again()
  }
  const actions = (
    <span className={css['buttons']}>
      <Button icon={<UserPlus aria-hidden size={18} />} onClick={() => setOpen({ kind: 'add' })}>
        {say('add')}
      </Button>
      <Button look="primary" icon={<QrCode aria-hidden size={18} />} onClick={() => setOpen({ kind: 'invite' })}>
        {say('invite')}
      </Button>
    </span>
  )
  return (
    <Page title={say('people')}>
      {path.startsWith('/people/welcome') ? <Welcome onInvite={() => setOpen({ kind: 'invite' })} /> : null}
      {actions}
      {people.error === undefined ? null : <Banner tone="danger">{wordsOf(people.error)}</Banner>}
      <Section title={say('peopleAbout')}>
        {people.value === undefined ? (
          <Spinner />
        ) : (
          <ul className={css['list']}>
            {people.value.map(person => (
              <PersonRow
                key={person.name}
                person={person}
                isSelf={person.name === self}
                onDeed={kind => setOpen({ kind, person })}
                onChanged={again}
              />
            ))}
          </ul>
        )}
      </Section>
      <Invites invites={invites.value ?? []} onChanged={again} />
      {open === undefined ? null : <Opened open={open} show={setOpen} again={again} />}
    </Page>
  )
}

function Opened(props: { open: Open; show: (open: Open | undefined) => void; again: () => void }) {
  const { open, show, again } = props
  const onClose = () => show(undefined)
  const showLogin = (name: string, login: LoginView) => {
    again()
    show({ kind: 'login', name, login })
  }
  switch (open.kind) {
    case 'add':
      return <AddDialog onClose={onClose} onAdded={showLogin} />
    case 'invite':
      return <InviteDialog onClose={onClose} onMade={again} />
    case 'login':
      return <LoginDialog name={open.name} login={open.login} onClose={onClose} />
    case 'quota':
      return <QuotaDialog person={open.person} onClose={onClose} onChanged={again} />
    case 'remove':
      return <RemoveDialog person={open.person} onClose={onClose} onChanged={again} />
    case 'password':
      return (
        <PasswordDialog person={open.person} onClose={onClose} onGiven={login => showLogin(open.person.name, login)} />
      )
    default:
      return null
  }
}

function Invites({ invites, onChanged }: { readonly invites: readonly InvitedView[]; readonly onChanged: () => void }) {
  if (invites.length === 0) return null
  const takeBack = (id: string) => {
    api
      .call('people.uninvite', { id })
      .then(() => toast({ text: say('uninvited') }), tellFault)
      .finally(onChanged)
  }
  return (
    <Section title={say('invites')}>
      <ul className={css['list']}>
        {invites.map(({ id, name, uses, usesMax, daysLeft, quotaBytes }) => (
          <li key={id}>
            <Row
              title={name === null ? say('inviteWhoever') : say('inviteNamed', { name })}
              text={[
                say('inviteState', { uses, max: usesMax, count: daysLeft }),
                ...(quotaBytes === null ? [] : [fileSize(quotaBytes)]),
              ].join(' · ')}
              end={<IconButton icon={X} label={say('uninvite')} onClick={() => takeBack(id)} />}
            />
          </li>
        ))}
      </ul>
    </Section>
  )
}

/** After the first run: what to do next. */
function Welcome({ onInvite }: { readonly onInvite: () => void }) {
  return (
    <Section title={say('welcome')} about={say('welcomeAbout')}>
      <button type="button" className={css['choice']} onClick={onInvite}>
        <Row start={<QrCode aria-hidden size={24} />} title={say('invitePeople')} text={say('invitePeopleAbout')} />
      </button>
      <Link href="/settings/apps" className={css['choice']}>
        <Row start={<Smartphone aria-hidden size={24} />} title={say('usePhone')} text={say('usePhoneAbout')} />
      </Link>
      <Link href="/network" className={css['choice']}>
        <Row start={<Network aria-hidden size={24} />} title={say('pairNode')} text={say('pairNodeAbout')} />
      </Link>
      <Link href="/" className={css['start']}>
        {say('startChatting')}
      </Link>
    </Section>
  )
}
