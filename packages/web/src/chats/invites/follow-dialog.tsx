import type { LinkView } from '@posthorn/api'
import { useEffect, useState } from 'react'
import { api, wordsOf } from '../../api/index.ts'
import { Button, Dialog, toast } from '../../ui/index.ts'
import { FollowInput } from './follow-input.tsx'
import css from './invites.module.css'
import { offerOf } from './offer.ts'
import { say } from './words.ts'

interface FollowDialogProps {
  /** A link that is known already. */
  readonly link?: string | undefined
  readonly go: (path: string) => void
  readonly onClose: () => void
}

type Step =
  | { readonly at: 'input'; readonly fault?: string }
  | { readonly at: 'checking'; readonly link: string }
  | { readonly at: 'offer'; readonly link: string; readonly view: LinkView }
  | { readonly at: 'doing'; readonly link: string; readonly view: LinkView }

/** Reads an invite, says what it is, and follows it only when the person says so. */
export function FollowDialog({ link, go, onClose }: FollowDialogProps) {
  const [step, setStep] = useState<Step>(link === undefined ? { at: 'input' } : { at: 'checking', link })
  const checked = step.at === 'checking' ? step.link : undefined
  useEffect(() => {
    if (checked === undefined) return undefined
    const gone = new AbortController()
    api.call('invites.check', { link: checked }, { signal: gone.signal }).then(
      view => !gone.signal.aborted && setStep({ at: 'offer', link: checked, view }),
      error => !gone.signal.aborted && setStep({ at: 'input', fault: wordsOf(error) }),
    )
    return () => gone.abort()
  }, [checked])

  if (step.at === 'offer' || step.at === 'doing') {
    const again = () => setStep({ at: 'input' })
    const setBusy = (busy: boolean) => setStep({ ...step, at: busy ? 'doing' : 'offer' })
    return <OfferDialog {...{ step, go, onClose, again, setBusy }} />
  }
  return (
    <Dialog title={say('follow')} onClose={onClose}>
      <FollowInput
        fault={step.at === 'input' ? step.fault : undefined}
        busy={step.at === 'checking'}
        onText={text => setStep({ at: 'checking', link: text })}
      />
    </Dialog>
  )
}

interface OfferDialogProps {
  readonly step: Extract<Step, { at: 'offer' | 'doing' }>
  readonly go: (path: string) => void
  readonly onClose: () => void
  readonly again: () => void
  readonly setBusy: (busy: boolean) => void
}

function OfferDialog({ step, go, onClose, again, setBusy }: OfferDialogProps) {
  const offer = offerOf(step.view)
  const run = async (kind: 'follow' | 'revoke') => {
    setBusy(true)
    try {
      if (kind === 'follow') go(`/chat/${(await api.call('invites.follow', { link: step.link })).chat}`)
      else {
        await api.call('invites.revoke', { link: step.link })
        toast({ text: say('revoked') })
      }
      onClose()
    } catch (error) {
      toast({ text: wordsOf(error), tone: 'danger' })
      setBusy(false)
    }
  }
  const { deed } = offer
  const buttons = (
    <>
      <Button onClick={again}>{say('back')}</Button>
      {deed === undefined ? (
        <Button look="primary" onClick={onClose}>
          {say('close')}
        </Button>
      ) : (
        <Button
          look={deed.kind === 'revoke' ? 'danger' : 'primary'}
          busy={step.at === 'doing'}
          onClick={() => void run(deed.kind)}
        >
          {deed.label}
        </Button>
      )}
    </>
  )
  return (
    <Dialog title={offer.title} onClose={onClose} actions={buttons}>
      {offer.text === '' ? null : <p className={css['text']}>{offer.text}</p>}
      {offer.quote === undefined ? null : (
        <bdi className={css['quote']} dir="ltr">
          {offer.quote}
        </bdi>
      )}
    </Dialog>
  )
}
