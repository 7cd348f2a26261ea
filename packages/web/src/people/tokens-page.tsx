import type { TokenView } from '@posthorn/api'
import { X } from 'lucide-react'
import { useState } from 'react'
import { api, wordsOf } from '../api/index.ts'
import { relativeTime } from '../i18n/index.ts'
import { useAsked } from '../stores/index.ts'
import { Banner, Button, Dialog, IconButton, Row, Section, Spinner, toast } from '../ui/index.ts'
import { tellFault } from './faults.ts'
import { LabelDialog } from './label-dialog.tsx'
import css from './people.module.css'
import { SecretText } from './secret-text.tsx'
import { say } from './words.ts'

/** What scripts prove themselves with; each may do what every user may, and nothing of who looks after the node. */
export function TokensPage() {
  const tokens = useAsked('tokens.list', {})
  const [isAsking, setAsking] = useState(false)
  const [made, setMade] = useState<{ readonly label: string; readonly token: string }>()
  if (tokens.error !== undefined) return <Banner tone="danger">{wordsOf(tokens.error)}</Banner>
  if (tokens.value === undefined) return <Spinner />
  const remove = ({ id, label }: TokenView) => {
    api
      .call('tokens.remove', { id })
      .then(() => toast({ text: say('removedToken', { label }) }), tellFault)
      .finally(tokens.again)
  }
  const add = async (label: string) => {
    const { token } = await api.call('tokens.add', { label })
    setMade({ label, token })
    setAsking(false)
    tokens.again()
  }
  return (
    <Section title={say('tokens')} about={say('tokensAbout')}>
      {tokens.value.length === 0 ? <p className={css['about']}>{say('noTokens')}</p> : null}
      <ul className={css['list']}>
        {tokens.value.map(token => (
          <li key={token.id}>
            <TokenRow token={token} onRemove={() => remove(token)} />
          </li>
        ))}
      </ul>
      <Button onClick={() => setAsking(true)}>{say('addToken')}</Button>
      {isAsking ? (
        <LabelDialog
          {...{ title: say('addToken'), first: '', button: say('addToken'), run: add }}
          onClose={() => setAsking(false)}
        />
      ) : null}
      {made === undefined ? null : <Made {...made} onClose={() => setMade(undefined)} />}
    </Section>
  )
}

function TokenRow({ token, onRemove }: { readonly token: TokenView; readonly onRemove: () => void }) {
  const { label, role, usedAt } = token
  const used =
    usedAt === null ? say('neverUsed') : say('lastUsed', { when: relativeTime(Date.parse(usedAt), Date.now()) })
  return (
    <Row
      title={<bdi>{label}</bdi>}
      text={role === 'admin' ? say('adminToken', { used }) : used}
      end={<IconButton icon={X} label={say('removeToken', { label })} onClick={onRemove} />}
    />
  )
}

function Made(props: { readonly label: string; readonly token: string; readonly onClose: () => void }) {
  const { label, token, onClose } = props
  const actions = (
    <Button look="primary" onClick={onClose}>
      {say('done')}
    </Button>
  )
  return (
    <Dialog title={say('tokenTitle', { label })} onClose={onClose} actions={actions}>
      <div className={css['stack']}>
        <p className={css['about']}>{say('tokenOnce')}</p>
        <SecretText label={say('token')} text={token} />
      </div>
    </Dialog>
  )
}
