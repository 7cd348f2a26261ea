import type { PairingInviteView } from '@posthorn/api'
import { Copy, Handshake, ScanQrCode } from 'lucide-react'
import { type FormEvent, lazy, Suspense, useEffect, useEffectEvent, useState } from 'react'
import { useLocation } from 'wouter'
import { api, isCancelled } from '../api/index.ts'
import { fullTime, listOf } from '../i18n/index.ts'
import { copyText } from '../text/copy.ts'
import { Banner, Button, classes, Dialog, Qr, Spinner, Tabs, TextArea, TextField, toast } from '../ui/index.ts'
import { FileExchange } from './file-pairing.tsx'
import { isLink } from './links.ts'
import css from './network.module.css'
import { placeOf } from './places.ts'
import { useAsked, useDoing } from './use-asked.ts'
import { say } from './words.ts'

const Scanner = lazy(() => import('../qr/scanner.tsx').then(room => ({ default: room.Scanner })))

/** Two nodes become neighbours: one invites, the other joins; or a file goes there and one comes back. */
export function PairDialog({ onClose }: { readonly onClose: () => void }) {
  const [, go] = useLocation()
  const paired = (name: string) => {
    toast({ text: say('nowNeighbours', { name }) })
    onClose()
    go(placeOf(`neighbour ${name}`))
  }
  return (
    <Dialog title={say('pairTitle')} onClose={onClose} size="medium">
      <Tabs
        label={say('pairTitle')}
        tabs={[
          { id: 'invite', label: say('invite'), content: <Inviting paired={paired} /> },
          { id: 'join', label: say('join'), content: <Joining paired={paired} /> },
          { id: 'file', label: say('byFile'), content: <FileExchange paired={paired} /> },
        ]}
      />
    </Dialog>
  )
}

interface Pairing {
  readonly paired: (name: string) => void
}

function Inviting({ paired }: Pairing) {
  const [invite, setInvite] = useState<PairingInviteView>()
  const { busy, run } = useDoing()
  const make = () => run('make', async () => setInvite(await api.call('pairing.invite', { kind: 'live' })))
  if (invite === undefined) {
    return (
      <div className={css['form']}>
        <p>{say('inviteAbout')}</p>
        <Button look="primary" icon={<Handshake aria-hidden size={18} />} busy={busy !== undefined} onClick={make}>
          {say('makeInvite')}
        </Button>
      </div>
    )
  }
  return <Invite invite={invite} paired={paired} again={() => setInvite(undefined)} />
}

function Invite(props: Pairing & { readonly invite: PairingInviteView; readonly again: () => void }) {
  const { invite, paired, again } = props
  const { said, isOver } = useCourse(invite.id, paired)
  const copy = async () => {
    if (await copyText(invite.link)) toast({ text: say('copied') })
  }
  if (isOver) {
    return (
      <div className={css['form']}>
        <p role="status">{say('inviteOver')}</p>
        <Button look="primary" onClick={again}>
          {say('makeInvite')}
        </Button>
      </div>
    )
  }
  return (
    <div className={css['form']}>
      {said === undefined ? null : <Banner tone="warning">{said}</Banner>}
      <p className={css['soft']}>{say('sayWords')}</p>
      <output className={css['words']}>{invite.words}</output>
      <p className={css['soft']}>{say('orScan')}</p>
      <div style={{ alignSelf: 'center' }}>
        <Qr text={invite.link} label={say('qrOf')} />
      </div>
      <div className={css['formEnd']}>
        <Spinner size="1rem" label={say('waitingForJoin')} />
        <span className={classes(css['soft'], css['waiting'])}>{say('waitingForJoin')}</span>
        <Button icon={<Copy aria-hidden size={18} />} onClick={() => void copy()}>
          {say('copyLink')}
        </Button>
      </div>
      <p className={css['soft']}>{say('validUntil', { when: fullTime(Date.parse(invite.expiresAt)) })}</p>
    </div>
  )
}

/** What happens to an invite while it is shown. Who joined is told once. */
function useCourse(invite: string, paired: (name: string) => void) {
  const [said, setSaid] = useState<string>()
  const [isOver, setOver] = useState(false)
  const joined = useEffectEvent(paired)
  useEffect(() => {
    const gone = new AbortController()
    const follow = async () => {
      for (let seen = 0; !gone.signal.aborted; ) {
        const course = await api.call('pairing.follow', { invite, seen }, { signal: gone.signal })
        seen = course.notices.length
        const last = course.notices.at(-1)
        if (last?.kind === 'tried') setSaid(say('wrongTry', { count: last.triesMax - last.tries }))
        if (last?.kind === 'refused') setSaid(say('refusedJoin', { reason: last.message }))
        if (course.ending?.kind === 'joined') return joined(course.ending.neighbour)
        if (course.ending !== null) return setOver(true)
      }
    }
    follow().catch((error: unknown) => {
      if (!isCancelled(error)) setOver(true)
    })
    return () => gone.abort()
  }, [invite])
  return { said, isOver }
}

function Joining({ paired }: Pairing) {
  const [invite, setInvite] = useState('')
  const [name, setName] = useState('')
  const [address, setAddress] = useState('')
  const [scans, setScans] = useState(false)
  const { busy, run } = useDoing()
  const join = (event: FormEvent) => {
    event.preventDefault()
    run('join', async () => {
      const called = name.trim() === '' ? {} : { name: name.trim() }
      const addresses = address.trim() === '' ? {} : { addresses: [address.trim()] }
      const joined = isLink('card', invite)
        ? await api.call('neighbours.add', { card: invite, ...called, ...addresses })
        : await api.call('pairing.join', { invite, ...called, ...addresses })
      paired(joined.name)
    })
  }
  return (
    <form className={css['form']} onSubmit={join}>
      <p>{say('joinAbout')}</p>
      <Nearby />
      {scans ? (
        <Suspense fallback={<Spinner />}>
          <Scanner
            onText={text => {
              setInvite(text)
              setScans(false)
            }}
          />
        </Suspense>
      ) : (
        <Button icon={<ScanQrCode aria-hidden size={18} />} onClick={() => setScans(true)}>
          {say('scan')}
        </Button>
      )}
      <TextArea
        label={say('wordsOrLink')}
        value={invite}
        required
        spellCheck={false}
        autoCapitalize="none"
        onChange={event => setInvite(event.target.value)}
      />
      <TextField label={say('nameHere')} value={name} onChange={event => setName(event.target.value)} />
      <TextField
        label={say('addressHint')}
        value={address}
        spellCheck={false}
        onChange={event => setAddress(event.target.value)}
      />
      <div className={css['formEnd']}>
        <Button look="primary" type="submit" busy={busy !== undefined}>
          {say('join')}
        </Button>
      </div>
    </form>
  )
}

/** Who is there to be joined, by their own word; nothing where the node hears nobody or does not listen. */
function Nearby() {
  const { answer = [] } = useAsked(askNearby)
  const strangers = answer.flatMap(({ name, neighbour }) => (neighbour === null && name !== null ? [name] : []))
  if (strangers.length === 0) return null
  return (
    <p className={css['soft']}>
      {say('nearbyNodes', { names: listOf(strangers) })} {say('unproven')}
    </p>
  )
}

const askNearby = () => api.call('pairing.nearby', {})
