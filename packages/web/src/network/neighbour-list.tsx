import type { NetworkView } from '@posthorn/api'
import { Link } from 'wouter'
import { CountBadge, classes, Row } from '../ui/index.ts'
import css from './network.module.css'
import { placeOf } from './places.ts'
import { ago, folderIcon as FolderIcon, folderState, stateIcons, waitingWords } from './states.ts'
import { say } from './words.ts'

/** The same as the picture, for who reads it or hears it. */
export function NeighbourList({ view, chosen }: { readonly view: NetworkView; readonly chosen: string | undefined }) {
  const now = Date.parse(view.now)
  return (
    <ul className={css['list']} aria-label={say('neighbours')}>
      {view.neighbours.map(neighbour => {
        const Icon = stateIcons[neighbour.state]
        const id = `neighbour ${neighbour.name}`
        const contact = `${say('lastContact')}: ${ago(neighbour.lastContact, now)}`
        return (
          <li key={id}>
            <Link href={placeOf(id)} className={css['item']} aria-current={id === chosen ? 'true' : undefined}>
              <Row
                start={
                  <Icon aria-hidden size={22} className={classes(css['stateIcon'])} data-state={neighbour.state} />
                }
                title={neighbour.name}
                text={[say(neighbour.state), waitingWords(neighbour), contact].join(' · ')}
                end={<CountBadge count={neighbour.queued.packets} muted />}
              />
            </Link>
          </li>
        )
      })}
      {view.folders.map(folder => {
        const id = `folder ${folder.name}`
        const state = folderState(folder)
        const synced =
          folder.lastSync === null ? say('neverSynced') : say('lastSync', { when: ago(folder.lastSync, now) })
        return (
          <li key={id}>
            <Link href={placeOf(id)} className={css['item']} aria-current={id === chosen ? 'true' : undefined}>
              <Row
                start={<FolderIcon aria-hidden size={22} className={css['stateIcon']} data-state={state} />}
                title={folder.name}
                text={[say(state), synced].join(' · ')}
              />
            </Link>
          </li>
        )
      })}
    </ul>
  )
}
