import { useEffect, useState } from 'react'
import { joinNode, lookAtInvite, showSession } from '../api/index.ts'
import { Banner, Button } from '../ui/index.ts'
import { NameField, PasswordField } from './account-fields.tsx'
import { Entering } from './entering.tsx'
import { useDeed } from './use-deed.ts'
import { say } from './words.ts'

/** For who scanned an invite: a name, a password, and they are in. */
export function JoinPage({ token }: { readonly token: string }) {
  const [node, setNode] = useState('Posthorn')
  /** Undefined while it is asked for; null: who comes chooses. */
  const [given, setGiven] = useState<string | null>()
  const [isBad, setIsBad] = useState(false)
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const { busy, fault, run } = useDeed()
  useEffect(() => {
    showSession().then(
      session => setNode(session.node.name),
      () => undefined,
    )
    lookAtInvite(token).then(
      invite => setGiven(invite.name),
      () => setIsBad(true),
    )
  }, [token])
  const submit = () =>
    run(async () => {
      await joinNode({ secret: token, password, ...(given === null ? { name } : {}) })
      window.location.assign('/')
    })
  if (isBad) {
    return (
      <Entering title={say('badInvite')} about={say('badInviteAbout')}>
        <Button wide onClick={() => window.location.assign('/')}>
          {say('toSignIn')}
        </Button>
      </Entering>
    )
  }
  const about = typeof given === 'string' ? say('joinAs', { name: given }) : say('joinAbout')
  return (
    <Entering title={say('joinTitle', { node })} about={about} onSubmit={submit}>
      {typeof given === 'string' ? null : (
        <NameField label={say('yourName')} hint={say('yourNameHint')} value={name} onChange={setName} />
      )}
      <PasswordField value={password} onChange={setPassword} />
      {fault === undefined ? null : <Banner tone="danger">{fault}</Banner>}
      <Button
        look="primary"
        type="submit"
        wide
        busy={busy}
        disabled={given === undefined || (given === null && name === '')}
      >
        {say('join')}
      </Button>
    </Entering>
  )
}
