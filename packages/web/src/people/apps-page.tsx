import type { AccessView, LoginView } from '@posthorn/api'
import { useState } from 'react'
import { api, wordsOf } from '../api/index.ts'
import { useAsked } from '../stores/index.ts'
import { Banner, Button, Section, Spinner } from '../ui/index.ts'
import { AppPasswords } from './app-passwords.tsx'
import { LabelDialog } from './label-dialog.tsx'
import { LinkDialog } from './link-dialog.tsx'
import { fetchFile } from './node-page.tsx'
import css from './people.module.css'
import { SecondDeviceDialog } from './second-device-dialog.tsx'
import { say } from './words.ts'

/** How to use one's address elsewhere: a phone, a mail app. */
export function AppsPage() {
  const access = useAsked('access.show', {})
  const passwords = useAsked('app-passwords.list', {})
  if (access.error !== undefined) return <Banner tone="danger">{wordsOf(access.error)}</Banner>
  if (access.value === undefined) return <Spinner />
  return (
    <>
      <Phone access={access.value} onMade={passwords.again} />
      <Servers access={access.value} />
      <AppleProfile onMade={passwords.again} />
      <AppPasswords passwords={passwords.value ?? []} onChanged={passwords.again} />
    </>
  )
}

interface PartProps {
  readonly access: AccessView
  readonly onMade: () => void
}

function Phone({ access, onMade }: PartProps) {
  const [open, setOpen] = useState<'device' | 'label'>()
  const [login, setLogin] = useState<LoginView>()
  const close = () => {
    setOpen(undefined)
    setLogin(undefined)
    onMade()
  }
  return (
    <Section title={say('phone')} about={say('phoneAbout')}>
      {access.network === null ? <Banner tone="warning">{say('notOpenPhone')}</Banner> : null}
      <Way title={say('sameChats')} about={say('sameChatsAbout')} onShow={() => setOpen('device')} />
      <Way title={say('freshStart')} about={say('freshStartAbout')} onShow={() => setOpen('label')} />
      {open === 'device' ? <SecondDeviceDialog isOpenToNetwork={access.network !== null} onClose={close} /> : null}
      {open === 'label' && login === undefined ? (
        <LabelDialog
          title={say('linkTitle')}
          first={say('defaultLabel')}
          button={say('showCode')}
          run={async label => setLogin(await api.call('access.link', { label }))}
          onClose={close}
        />
      ) : null}
      {login === undefined ? null : <LinkDialog login={login} onClose={close} />}
    </Section>
  )
}

function Way(props: { readonly title: string; readonly about: string; readonly onShow: () => void }) {
  return (
    <div className={css['way']}>
      <h3 className={css['heading']}>{props.title}</h3>
      <p className={css['about']}>{props.about}</p>
      <Button onClick={props.onShow} aria-label={`${say('showCode')}: ${props.title}`}>
        {say('showCode')}
      </Button>
    </div>
  )
}

function Servers({ access }: { readonly access: AccessView }) {
  const { address, machine, network, fingerprint } = access
  return (
    <Section title={say('otherApps')} about={say('otherAppsAbout')}>
      <Facts facts={[[say('address'), address]]} />
      {network === null ? null : (
        <>
          <h3 className={css['heading']}>{say('inNetwork')}</h3>
          <Facts facts={serverFacts(network)} />
        </>
      )}
      <h3 className={css['heading']}>{say('onMachine')}</h3>
      <Facts facts={serverFacts(machine)} />
      {fingerprint === null ? null : (
        <div>
          <p className={css['note']}>{say('fingerprintAbout')}</p>
          <Facts facts={[[say('fingerprint'), fingerprint]]} />
        </div>
      )}
    </Section>
  )
}

type Facts = readonly (readonly [name: string, value: string])[]

function serverFacts(servers: AccessView['machine']): Facts {
  const words = { tls: say('securityTls'), plain: say('securityPlain'), starttls: say('securityStarttls') }
  const of = ({ host, port, security }: AccessView['machine']['imap']) =>
    // Ports are no numbers to be grouped.
    say('server', { host, port: String(port), security: words[security] })
  return [
    [say('incoming'), of(servers.imap)],
    [say('outgoing'), of(servers.smtp)],
    [say('oldStyle'), of(servers.pop3)],
  ]
}

function Facts({ facts }: { readonly facts: Facts }) {
  return (
    <dl className={css['facts']}>
      {facts.map(([name, value]) => (
        <div key={name} className={css['fact']}>
          <dt>{name}</dt>
          <dd>
            <bdi>{value}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  )
}

function AppleProfile({ onMade }: { readonly onMade: () => void }) {
  const [isOpen, setOpen] = useState(false)
  const close = () => {
    setOpen(false)
    onMade()
  }
  return (
    <Section title={say('profileFile')} about={say('profileAbout')}>
      <Button onClick={() => setOpen(true)}>{say('download')}</Button>
      {isOpen ? (
        <LabelDialog
          title={say('profileFile')}
          first="iPhone"
          button={say('download')}
          run={async label => {
            fetchFile((await api.call('access.profile', { label })).path)
            close()
          }}
          onClose={close}
        />
      ) : null}
    </Section>
  )
}
