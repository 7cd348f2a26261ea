import type { NetworkView } from '@posthorn/api'
import { X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { IconButton } from '../ui/index.ts'
import { FolderPanel } from './folder-panel.tsx'
import { NeighbourPanel } from './neighbour-panel.tsx'
import css from './network.module.css'
import { folderState } from './states.ts'
import { say } from './words.ts'

interface PanelProps {
  readonly view: NetworkView
  readonly chosen: string
  readonly isAdmin: boolean
  readonly close: () => void
}

/** Beside the picture (on a phone over it): all about one neighbour or stick. Escape closes it. */
export function Panel({ view, chosen, isAdmin, close }: PanelProps) {
  const panel = useRef<HTMLElement>(null)
  useEffect(() => panel.current?.focus(), [])
  const now = Date.parse(view.now)
  const neighbour = view.neighbours.find(({ name }) => `neighbour ${name}` === chosen)
  const folder = view.folders.find(({ name }) => `folder ${name}` === chosen)
  if (neighbour === undefined && folder === undefined) return null
  const name = neighbour?.name ?? folder?.name ?? ''
  return (
    <aside
      ref={panel}
      tabIndex={-1}
      className={css['panel']}
      aria-label={name}
      onKeyDown={event => {
        if (event.key === 'Escape' && event.target instanceof Node && panel.current?.contains(event.target)) close()
      }}
    >
      <header className={css['panelHead']}>
        <div className={css['panelTitle']}>
          <h2>{name}</h2>
          <span className={css['soft']}>{say(neighbour?.state ?? folderState(folder ?? gone))}</span>
        </div>
        <IconButton icon={X} label={say('close')} onClick={close} />
      </header>
      {neighbour === undefined ? null : <NeighbourPanel key={name} neighbour={neighbour} now={now} isAdmin={isAdmin} />}
      {folder === undefined ? null : <FolderPanel key={name} folder={folder} now={now} isAdmin={isAdmin} />}
    </aside>
  )
}

const gone = { ready: false, released: false }
