import { useEffect, useState } from 'react'
import { setUpNode, showSession } from '../api/index.ts'
import { Banner, Button, Spinner, Switch, TextField } from '../ui/index.ts'
import { NameField, PasswordField } from './account-fields.tsx'
import { Entering } from './entering.tsx'
import { untilBack } from './restart.ts'
import { useDeed } from './use-deed.ts'
import { say } from './words.ts'

const nodeNamePattern = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/

/** The first page of a new node, for who has the link that it printed. */
export function SetUpPage({ secret }: { readonly secret: string }) {
  const [node, setNode] = useState('')
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [lan, setLan] = useState(true)
  const [restarts, setRestarts] = useState(false)
  const { busy, fault, run } = useDeed()
  useEffect(() => {
    showSession().then(
      session => setNode(before => (before === '' ? session.node.name : before)),
      () => undefined,
    )
  }, [])
  const isGood = nodeNamePattern.test(node)
  const submit = () =>
    run(async () => {
      const { restarts: anew } = await setUpNode({ secret, name, password, node, lan, stay: true })
      setRestarts(anew)
      if (anew) await untilBack()
      window.location.assign('/people/welcome')
    })
  if (restarts) {
    return (
      <Entering title={say('setUpTitle')} about={say('starting')}>
        <Spinner />
      </Entering>
    )
  }
  return (
    <Entering title={say('setUpTitle')} about={say('setUpAbout')} onSubmit={submit}>
      <TextField
        label={say('nodeName')}
        hint={say('nodeNameHint', { name: isGood ? node : '…' })}
        fault={isGood || node === '' ? undefined : say('nodeNameFault')}
        autoCapitalize="none"
        spellCheck={false}
        required
        value={node}
        onChange={event => setNode(event.target.value.toLowerCase())}
      />
      <NameField label={say('yourName')} hint={say('yourNameHint')} value={name} onChange={setName} />
      <PasswordField value={password} onChange={setPassword} />
      <Switch label={say('openToWifi')} hint={say('openToWifiAbout')} on={lan} onChange={setLan} />
      {fault === undefined ? null : <Banner tone="danger">{fault}</Banner>}
      <Button look="primary" type="submit" wide busy={busy} disabled={!isGood || name === ''}>
        {say('makeIt')}
      </Button>
    </Entering>
  )
}
