import { apiLimits, type ResultOf } from '@posthorn/api'
import { useState } from 'react'
import { Link } from 'wouter'
import { api } from '../api/index.ts'
import { Banner, Button, Dialog, Qr, TextField } from '../ui/index.ts'
import { NameField } from './account-fields.tsx'
import { FormDialog } from './form-dialog.tsx'
import css from './people.module.css'
import { SecretText } from './secret-text.tsx'
import { bytesOf, countOf } from './sizes.ts'
import { say } from './words.ts'

type Made = ResultOf<'people.invite'>

interface InviteDialogProps {
  readonly onClose: () => void
  readonly onMade: () => void
}

/** First for whom and how long, then the link and its code. */
export function InviteDialog({ onClose, onMade }: InviteDialogProps) {
  const [made, setMade] = useState<Made>()
  const done = (answer: Made) => {
    setMade(answer)
    onMade()
  }
  return made === undefined ? <Asking onClose={onClose} onMade={done} /> : <Shown made={made} onClose={onClose} />
}

function Asking({ onClose, onMade }: { readonly onClose: () => void; readonly onMade: (made: Made) => void }) {
  const [name, setName] = useState('')
  const [uses, setUses] = useState('1')
  const [days, setDays] = useState('7')
  const [quota, setQuota] = useState('')
  const isNamed = name.trim() !== ''
  const asked = {
    days: countOf(days, apiLimits.inviteDaysMax),
    uses: isNamed ? 1 : countOf(uses, apiLimits.inviteUsesMax),
    quotaBytes: bytesOf(quota),
  }
  const run = async () => {
    const { days: lasting, uses: people, quotaBytes } = asked
    onMade(
      await api.call('people.invite', {
        ...{ days: lasting ?? 1, uses: people ?? 1 },
        ...(isNamed ? { name } : {}),
        ...(typeof quotaBytes === 'number' ? { quotaBytes } : {}),
      }),
    )
  }
  const numeric = (label: string, value: string, set: (value: string) => void, isGood: boolean, hint?: string) => (
    <TextField
      label={label}
      hint={hint}
      fault={isGood ? undefined : say('quotaFault')}
      inputMode="numeric"
      value={value}
      onChange={event => set(event.target.value)}
    />
  )
  return (
    <FormDialog
      title={say('inviteTitle')}
      about={say('inviteAbout')}
      button={say('makeInvite')}
      disabled={Object.values(asked).includes(null)}
      run={run}
      onClose={onClose}
    >
      {isNamed ? null : numeric(say('inviteUses'), uses, setUses, asked.uses !== null)}
      {numeric(say('inviteDays'), days, setDays, asked.days !== null)}
      <NameField label={say('inviteFor')} hint={say('inviteForHint')} value={name} onChange={setName} />
      {numeric(say('inviteQuota'), quota, setQuota, asked.quotaBytes !== null, say('quotaHint'))}
    </FormDialog>
  )
}

function Shown({ made, onClose }: { readonly made: Made; readonly onClose: () => void }) {
  const link = made.links[0] ?? `${window.location.origin}/#/join/${made.secret}`
  const actions = (
    <Button look="primary" onClick={onClose}>
      {say('done')}
    </Button>
  )
  return (
    <Dialog title={say('inviteTitle')} onClose={onClose} actions={actions} size="medium">
      <div className={css['stack']}>
        {/^https?:\/\/(?:127\.|localhost|\[::1\])/.test(link) ? (
          <Banner tone="warning" action={<Link href="/settings/node">{say('openIt')}</Link>}>
            {say('onlyHere')}
          </Banner>
        ) : null}
        <p className={css['about']}>{say('inviteAbout')}</p>
        <div className={css['center']}>
          <Qr text={link} label={say('inviteCode')} />
        </div>
        <SecretText label={say('link')} text={link} />
        {link.startsWith('https:') ? <p className={css['note']}>{say('certificate')}</p> : null}
      </div>
    </Dialog>
  )
}
