import type { SessionView } from '@posthorn/api'
import { Download, LogOut } from 'lucide-react'
import { useState } from 'react'
import { useSession, wordsOf } from '../api/index.ts'
import { installApp, leave, useInstall, useOutboxCount } from '../device/index.ts'
import { Button, Dialog, Section, toast } from '../ui/index.ts'
import { SessionsSection } from './sessions-section.tsx'
import { say } from './words.ts'

export function DevicePage() {
  const session = useSession(state => state.session)
  const [asking, setAsking] = useState(false)
  if (session === undefined || session.user === null) return null
  const { node, user, version } = session
  return (
    <>
      <Section title={say('signedInAs', { name: user.name })} about={say('onNode', { node: node.name, version })}>
        <p>{user.address}</p>
        <Button icon={<LogOut aria-hidden size={18} />} onClick={() => setAsking(true)}>
          {say('signOut')}
        </Button>
      </Section>
      <SessionsSection />
      <InstallSection />
      {asking ? <SignOutDialog session={session} onClose={() => setAsking(false)} /> : null}
    </>
  )
}

function SignOutDialog({ session, onClose }: { readonly session: SessionView; readonly onClose: () => void }) {
  const [busy, setBusy] = useState(false)
  const waiting = useOutboxCount()
  const signOut = async () => {
    setBusy(true)
    try {
      await leave(session)
    } catch (error) {
      toast({ text: wordsOf(error), tone: 'danger' })
      onClose()
    }
  }
  const button = (
    <Button look="danger" busy={busy} onClick={() => void signOut()}>
      {say('signOut')}
    </Button>
  )
  return (
    <Dialog title={say('signOutTitle')} onClose={onClose} actions={button}>
      <p>{say('signOutAbout')}</p>
      {waiting === 0 ? null : <p>{say('signOutLoses', { count: waiting })}</p>}
    </Dialog>
  )
}

function InstallSection() {
  const state = useInstall()
  if (state === 'installed') return null
  return (
    <Section title={say('install')} about={say('installAbout')}>
      {state === 'possible' ? (
        <Button icon={<Download aria-hidden size={18} />} onClick={installApp}>
          {say('installNow')}
        </Button>
      ) : (
        <p>{say('installByMenu')}</p>
      )}
    </Section>
  )
}
