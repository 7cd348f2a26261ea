import type { FolderSeen, SyncView } from '@posthorn/api'
import { MoreVertical, PackageOpen, RefreshCw, Trash2, Usb } from 'lucide-react'
import { useCallback, useState } from 'react'
import { useLocation } from 'wouter'
import { api } from '../api/index.ts'
import { fileSize } from '../i18n/index.ts'
import { Button, Dialog, IconButton, Menu, Progress, Row, toast } from '../ui/index.ts'
import { Facts } from './facts.tsx'
import css from './network.module.css'
import { ago, amountOf, folderState } from './states.ts'
import { useAsked, useDoing } from './use-asked.ts'
import { say } from './words.ts'

interface FolderPanelProps {
  readonly folder: FolderSeen
  readonly now: number
  readonly isAdmin: boolean
}

const about = {
  stickThere: 'stickThereAbout',
  stickAway: 'stickAwayAbout',
  stickReleased: 'stickReleasedAbout',
} as const

export function FolderPanel({ folder, now, isAdmin }: FolderPanelProps) {
  const synced = folder.lastSync === null ? say('neverSynced') : say('lastSync', { when: ago(folder.lastSync, now) })
  return (
    <>
      <p className={css['soft']}>{`${say(about[folderState(folder)])} ${synced}.`}</p>
      {isAdmin ? <FolderActions folder={folder} /> : null}
    </>
  )
}

function FolderActions({ folder }: { readonly folder: FolderSeen }) {
  const { name } = folder
  const [, go] = useLocation()
  const { busy, run } = useDoing()
  const [done, setDone] = useState<{ done: number; total: number | null }>()
  const [said, setSaid] = useState<string>()
  const [contents, setContents] = useState(false)
  const onProgress = (progress: { done: number; total: number | null }) => setDone(progress)
  const sync = async () => {
    setSaid(syncWords(await api.call('folders.sync', { folder: name }, { onProgress })))
  }
  const release = async () => {
    const outcome = await api.call('folders.release', { folder: name }, { onProgress })
    setSaid(outcome.released ? `${say('safe', { name })} ${syncWords(outcome)}` : syncWords(outcome))
  }
  const remove = async () => {
    await api.call('folders.remove', { folder: name })
    go('/network')
    toast({ text: say('stopped', { name }) })
  }
  const more = [
    [
      {
        id: 'contents',
        label: say('contents'),
        icon: PackageOpen,
        disabled: !folder.ready,
        run: () => setContents(true),
      },
    ],
    [{ id: 'remove', label: say('stopUsing'), icon: Trash2, danger: true, run: () => run('remove', remove) }],
  ]
  return (
    <>
      <div className={css['actions']}>
        <Button
          look="primary"
          icon={<RefreshCw aria-hidden size={18} />}
          busy={busy === 'sync'}
          disabled={!folder.ready}
          onClick={() => run('sync', sync)}
        >
          {say('syncNow')}
        </Button>
        <Button
          icon={<Usb aria-hidden size={18} />}
          busy={busy === 'release'}
          disabled={!folder.ready}
          onClick={() => run('release', release)}
        >
          {say('pullOut')}
        </Button>
        <Menu items={more}>
          <IconButton icon={MoreVertical} label={say('more')} />
        </Menu>
      </div>
      {busy === undefined || done === undefined ? null : <Progress label={say('working')} {...done} />}
      {said === undefined || busy !== undefined ? null : <p role="status">{said}</p>}
      {contents ? <ContentsDialog folder={name} onClose={() => setContents(false)} /> : null}
    </>
  )
}

function syncWords({ taken, written, waiting, held, trouble }: SyncView): string {
  return [
    say('synced', { taken: amountOf(taken), written: amountOf(written) }),
    ...(waiting.packets === 0 ? [] : [say('stillWaiting', { amount: amountOf(waiting) })]),
    ...(held.packets === 0 ? [] : [say('heldBack', { amount: amountOf(held) })]),
    ...(trouble === null ? [] : [trouble.message]),
  ].join(' ')
}

function ContentsDialog({ folder, onClose }: { readonly folder: string; readonly onClose: () => void }) {
  const ask = useCallback(() => api.call('folders.contents', { folder }), [folder])
  const { answer, fault } = useAsked(ask)
  const facts = (answer?.neighbours ?? []).map(({ name, packets, bytes, arrived }) => {
    const amount = say('packetsOf', { count: packets, size: fileSize(bytes) })
    return [
      say('contentsFor', { name }),
      arrived === 0 ? amount : `${amount} · ${say('arrivedAlready', { count: arrived })}`,
    ] as const
  })
  return (
    <Dialog title={say('contentsTitle', { name: folder })} onClose={onClose}>
      {fault === undefined ? null : <p role="alert">{fault}</p>}
      {answer?.neighbours.length === 0 ? <p>{say('noContents')}</p> : <Facts facts={facts} />}
    </Dialog>
  )
}

/** The path is the node's: a browser cannot choose it. */
export function FoundMedia({ choose }: { readonly choose: (medium: { path: string; name: string }) => void }) {
  const ask = useCallback(() => api.call('folders.found', {}), [])
  const { answer = [] } = useAsked(ask)
  if (answer.length === 0) return <p className={css['soft']}>{say('noneFound')}</p>
  return (
    <ul className={css['list']} aria-label={say('found')}>
      {answer.map(medium => (
        <li key={medium.path}>
          <button type="button" className={css['item']} onClick={() => choose(medium)}>
            <Row start={<Usb aria-hidden size={20} />} title={medium.name} text={medium.path} />
          </button>
        </li>
      ))}
    </ul>
  )
}
