/**
 * This node and its neighbours, and what moves between them: a picture that lives, the same as a list, and what can be
 * done about it. What fails is said in words where it was asked for; the picture goes on with what is known and is
 * asked for anew when the connection is back.
 */
import type { NetworkView } from '@posthorn/api'
import { Handshake, RadioTower, Usb } from 'lucide-react'
import { lazy, type ReactNode, Suspense, useMemo, useState } from 'react'
import { useLocation } from 'wouter'
import { type Action, useActions } from '../actions/index.ts'
import { useSession } from '../api/index.ts'
import { Banner, Button, EmptyState, IconButton, Page, Spinner, Tabs } from '../ui/index.ts'
import { MovingNow } from './moving.tsx'
import { NeighbourList } from './neighbour-list.tsx'
import css from './network.module.css'
import { useNetwork, useWatchedNetwork } from './network-store.ts'
import { Picture } from './picture.tsx'
import { chosenIn } from './places.ts'
import { Panel } from './side-panel.tsx'
import { say } from './words.ts'

const PairDialog = lazy(() => import('./pair-dialog.tsx').then(room => ({ default: room.PairDialog })))
const AddFolderDialog = lazy(() => import('./add-folder-dialog.tsx').then(room => ({ default: room.AddFolderDialog })))
const Areas = lazy(() => import('./areas.tsx').then(room => ({ default: room.Areas })))
const Quarantine = lazy(() => import('./quarantine.tsx').then(room => ({ default: room.Quarantine })))

type Doing = 'pair' | 'folder' | undefined

export function NetworkPage() {
  useWatchedNetwork()
  const isAdmin = useSession(state => state.session?.user?.role === 'admin')
  const { view, fault } = useNetwork()
  const [doing, setDoing] = useState<Doing>()
  const overview =
    view === undefined ? <NotYet fault={fault} /> : <Overview view={view} isAdmin={isAdmin} begin={setDoing} />
  return (
    <Page title={say('title')} about={say('about')} wide actions={isAdmin ? <Adding begin={setDoing} /> : undefined}>
      {view?.diskFull === true ? <Banner tone="warning">{say('diskFull')}</Banner> : null}
      {isAdmin ? (
        <Tabs
          label={say('parts')}
          tabs={[
            { id: 'overview', label: say('overview'), content: overview },
            {
              id: 'areas',
              label: say('areas'),
              content: (
                <Later>
                  <Areas />
                </Later>
              ),
            },
            {
              id: 'aside',
              label: say('setAside'),
              content: (
                <Later>
                  <Quarantine />
                </Later>
              ),
            },
          ]}
        />
      ) : (
        overview
      )}
      {doing === undefined ? null : (
        <Suspense>
          {doing === 'pair' ? (
            <PairDialog onClose={() => setDoing(undefined)} />
          ) : (
            <AddFolderDialog onClose={() => setDoing(undefined)} />
          )}
        </Suspense>
      )}
    </Page>
  )
}

interface Begin {
  readonly begin: (doing: Doing) => void
}

/** At the top, and for keys and palette. */
function Adding({ begin }: Begin) {
  const actions = useMemo<readonly Action[]>(
    () => [
      { id: 'network.pair', words: () => say('pair'), icon: Handshake, run: () => begin('pair') },
      { id: 'network.add-folder', words: () => say('addFolder'), icon: Usb, run: () => begin('folder') },
    ],
    [begin],
  )
  useActions(actions)
  return (
    <>
      <IconButton icon={Usb} label={say('addFolder')} onClick={() => begin('folder')} />
      <IconButton icon={Handshake} label={say('pair')} look="accent" onClick={() => begin('pair')} />
    </>
  )
}

function Overview({ view, isAdmin, begin }: Begin & { readonly view: NetworkView; readonly isAdmin: boolean }) {
  const [path, go] = useLocation()
  const chosen = chosenIn(path)
  if (view.neighbours.length + view.folders.length === 0) {
    const pair = (
      <Button look="primary" icon={<Handshake aria-hidden size={18} />} onClick={() => begin('pair')}>
        {say('pair')}
      </Button>
    )
    return (
      <EmptyState icon={RadioTower} title={say('noNeighbours')} action={isAdmin ? pair : undefined}>
        {say(isAdmin ? 'noNeighboursAdmin' : 'noNeighboursUser')}
      </EmptyState>
    )
  }
  return (
    <div className={css['overview']} data-chosen={chosen !== undefined}>
      <div className={css['main']}>
        <Picture view={view} chosen={chosen} />
        <MovingNow />
        <NeighbourList view={view} chosen={chosen} />
      </div>
      {chosen === undefined ? null : (
        <Panel key={chosen} view={view} chosen={chosen} isAdmin={isAdmin} close={() => go('/network')} />
      )}
    </div>
  )
}

function NotYet({ fault }: { readonly fault: string | undefined }) {
  return fault === undefined ? <Spinner /> : <Banner tone="danger">{fault}</Banner>
}

function Later({ children }: { readonly children: ReactNode }) {
  return <Suspense fallback={<Spinner />}>{children}</Suspense>
}
