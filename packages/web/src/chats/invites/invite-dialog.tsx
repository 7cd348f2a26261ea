import { Copy, RefreshCw, Share2 } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { api, wordsOf } from '../../api/index.ts'
import { useAsked } from '../../stores/index.ts'
import { copyText } from '../../text/copy.ts'
import { plainLine } from '../../text/line.ts'
import { Button, Dialog, EmptyState, Spinner, toast } from '../../ui/index.ts'
import css from './invites.module.css'
import { say } from './words.ts'

const Qr = lazy(() => import('../../ui/qr.tsx').then(({ Qr }) => ({ default: Qr })))

interface InviteDialogProps {
  /** Into which chat; null: to oneself. */
  readonly chat: number | null
  readonly onClose: () => void
}

/** An invite as a code to be scanned and as a link to be sent. */
export function InviteDialog({ chat, onClose }: InviteDialogProps) {
  const invite = useAsked('invites.show', { chat })
  const name = invite.value === undefined ? '' : plainLine(invite.value.name)
  return (
    <Dialog title={chat === null ? say('mine') : say('ofGroup', { name })} onClose={onClose}>
      {invite.value === undefined ? (
        <Waits error={invite.error} again={invite.again} />
      ) : (
        <div className={css['form']}>
          <p className={css['text']}>{chat === null ? say('mineText') : say('ofGroupText', { name })}</p>
          <Suspense fallback={<div className={css['qr-place']} />}>
            <div className={css['qr']}>
              <Qr text={invite.value.link} label={say('code')} />
            </div>
          </Suspense>
          <Link link={invite.value.link} name={name} renewed={invite.again} />
        </div>
      )}
    </Dialog>
  )
}

interface LinkProps {
  readonly link: string
  readonly name: string
  readonly renewed: () => void
}

function Link({ link, name, renewed }: LinkProps) {
  const [busy, setBusy] = useState(false)
  const copy = async () => toast({ text: (await copyText(link)) ? say('copied') : say('notCopied') })
  const renew = async () => {
    setBusy(true)
    try {
      await api.call('invites.revoke', { link })
      renewed()
      toast({ text: say('renewed') })
    } catch (error) {
      toast({ text: wordsOf(error), tone: 'danger' })
    }
    setBusy(false)
  }
  return (
    <>
      <input
        className={css['link']}
        value={link}
        readOnly
        dir="ltr"
        aria-label={say('link')}
        onFocus={event => event.currentTarget.select()}
      />
      <div className={css['ways']}>
        <Button look="primary" icon={<Copy aria-hidden size={18} />} onClick={() => void copy()}>
          {say('copy')}
        </Button>
        {'share' in navigator ? (
          <Button icon={<Share2 aria-hidden size={18} />} onClick={() => void share(link, name)}>
            {say('share')}
          </Button>
        ) : null}
      </div>
      <div className={css['renew']}>
        <Button look="quiet" busy={busy} icon={<RefreshCw aria-hidden size={16} />} onClick={() => void renew()}>
          {say('renew')}
        </Button>
        <span>{say('renewHint')}</span>
      </div>
    </>
  )
}

async function share(url: string, name: string): Promise<void> {
  // Rejects also when the person thinks better of it.
  await navigator.share({ title: say('shareTitle', { name }), url }).catch(() => undefined)
}

function Waits({ error, again }: { readonly error: unknown; readonly again: () => void }) {
  if (error === undefined) {
    return (
      <div className={css['qr-place']}>
        <Spinner />
      </div>
    )
  }
  return (
    <EmptyState title={say('cannotShow')} action={<Button onClick={again}>{say('tryAgain')}</Button>}>
      {wordsOf(error)}
    </EmptyState>
  )
}
