import type { ChatView } from '@posthorn/api'
import { BadgeCheck, Lock, LockOpen, Timer } from 'lucide-react'
import { useState } from 'react'
import { api, wordsOf } from '../../api/index.ts'
import { lasting } from '../../i18n/index.ts'
import { stores, useAsked } from '../../stores/index.ts'
import { Banner, Button, SelectField, Spinner } from '../../ui/index.ts'
import { attempt } from '../deeds.ts'
import { disappearChoices } from '../possible.ts'
import { say } from '../words.ts'
import css from './info.module.css'

/** After which time messages go away. */
export function Disappearing({ view }: { readonly view: ChatView }) {
  // Another app may have set a time that is none of ours.
  const choices = [...new Set<number>([...disappearChoices, view.disappearSeconds])].sort((a, b) => a - b)
  const choose = (value: string) =>
    attempt(async () => {
      const changed = await api.call('chats.change', { chat: view.id, disappearSeconds: Number(value) })
      stores().chats.changed(changed)
    })
  return (
    <div className={css['setting']}>
      <Timer aria-hidden size={20} />
      <div className={css['setting-texts']}>
        <SelectField
          label={say('disappear')}
          hint={view.disappearSeconds > 0 ? say('disappearHint') : undefined}
          value={String(view.disappearSeconds)}
          choices={choices.map(seconds => ({
            value: String(seconds),
            label: seconds === 0 ? say('never') : lasting(seconds * 1000),
          }))}
          onChoose={value => void choose(value)}
        />
      </div>
    </div>
  )
}

/** How it is sealed, in words; with the engine's own words for those who compare fingerprints. */
export function Encryption({ view }: { readonly view: ChatView }) {
  const [shown, show] = useState(false)
  const Icon = view.encrypted ? Lock : LockOpen
  return (
    <section className={css['part']}>
      <h3>{say('encryption')}</h3>
      <p className={css['line']}>
        <Icon aria-hidden size={20} />
        {say(view.encrypted ? 'encrypted' : 'notEncrypted')}
      </p>
      {view.verified ? (
        <p className={css['line']}>
          <BadgeCheck aria-hidden size={20} className={css['verified']} />
          {say('verifiedText')}
        </p>
      ) : null}
      {shown ? (
        <Fingerprints chat={view.id} />
      ) : (
        <Button look="quiet" className={css['more']} onClick={() => show(true)}>
          {say('fingerprints')}
        </Button>
      )}
    </section>
  )
}

function Fingerprints({ chat }: { readonly chat: number }) {
  const { value, error, again } = useAsked('chats.encryption', { chat })
  if (value !== undefined) return <pre className={css['fingerprints']}>{value.text}</pre>
  if (error === undefined) return <Spinner />
  return (
    <Banner tone="danger" action={<Button onClick={again}>{say('tryAgain')}</Button>}>
      {wordsOf(error)}
    </Banner>
  )
}
