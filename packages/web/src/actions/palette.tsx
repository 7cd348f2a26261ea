/** What Ctrl+K opens, and the list of keys. Loaded when it is opened for the first time. */
import { Search } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react'
import { classes, Dialog } from '../ui/index.ts'
import { type Action, possibleActions } from './action.ts'
import { fitting } from './fuzzy.ts'
import { keysForPeople } from './keys.ts'
import css from './palette.module.css'
import { openPalette, type Place, usePalette } from './palette-store.ts'
import { say } from './words.ts'

interface Entry {
  readonly id: string
  readonly label: string
  readonly about?: string | undefined
  readonly picture: ReactNode
  readonly keys?: string | undefined
  readonly run: () => void
}
interface Group {
  readonly title: string
  readonly entries: readonly Entry[]
}

const placesShownMax = 8

const close = () => openPalette('no')

export function Palette() {
  const open = usePalette(state => state.open)
  if (open === 'palette') return <Finder />
  return open === 'keys' ? <KeysDialog /> : null
}

function Finder() {
  const [query, setQuery] = useState('')
  const [chosen, setChosen] = useState(0)
  const places = usePlaces(query)
  const listId = useId()
  const list = useRef<HTMLDivElement>(null)
  const groups = useMemo(() => groupsOf(query, places), [query, places])
  const entries = groups.flatMap(group => group.entries)
  const current = Math.min(chosen, entries.length - 1)
  useEffect(() => {
    list.current?.querySelector(`[data-index="${current}"]`)?.scrollIntoView({ block: 'nearest' })
  }, [current])
  const run = (entry: Entry | undefined) => {
    if (entry === undefined) return
    close()
    entry.run()
  }
  const press = (event: KeyboardEvent) => {
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }
    const step = steps[event.key]
    if (step !== undefined) setChosen(Math.max(0, Math.min(entries.length - 1, current + step)))
    else if (event.key === 'Enter' && !event.nativeEvent.isComposing) run(entries[current])
    else return
    event.preventDefault()
  }
  return (
    <Dialog title={say('palette')} onClose={close} size="medium" bare>
      <div className={css['palette']}>
        <div className={css['search']}>
          <Search aria-hidden size={20} />
          <input
            className={css['input']}
            role="combobox"
            aria-expanded
            aria-controls={listId}
            aria-activedescendant={entries.length > 0 ? `${listId}-${current}` : undefined}
            aria-label={say('write')}
            placeholder={say('write')}
            value={query}
            onKeyDown={press}
            onChange={event => {
              setQuery(event.target.value)
              setChosen(0)
            }}
          />
        </div>
        <div id={listId} ref={list} role="listbox" aria-label={say('palette')} className={css['list']}>
          <Groups groups={groups} current={current} listId={listId} onChoose={run} onPoint={setChosen} />
        </div>
        {entries.length > 0 ? null : <p className={css['nothing']}>{say('nothing')}</p>}
      </div>
    </Dialog>
  )
}

interface GroupsProps {
  readonly groups: readonly Group[]
  readonly current: number
  readonly listId: string
  readonly onChoose: (entry: Entry) => void
  readonly onPoint: (index: number) => void
}

function Groups({ groups, current, listId, onChoose, onPoint }: GroupsProps) {
  let index = -1
  return groups.map(group => (
    <fieldset key={group.title} aria-label={group.title} className={css['group']}>
      <div className={css['title']} aria-hidden>
        {group.title}
      </div>
      {group.entries.map(entry => {
        index += 1
        const at = index
        return (
          <button
            key={entry.id}
            type="button"
            id={`${listId}-${at}`}
            data-index={at}
            role="option"
            tabIndex={-1}
            aria-selected={at === current}
            className={classes(css['entry'], at === current && css['current'])}
            onPointerMove={() => onPoint(at)}
            onClick={() => onChoose(entry)}
          >
            <span className={css['picture']}>{entry.picture}</span>
            <span className={css['label']}>{entry.label}</span>
            {entry.about === undefined ? null : <span className={css['about']}>{entry.about}</span>}
            {entry.keys === undefined ? null : <kbd className={css['keys']}>{entry.keys}</kbd>}
          </button>
        )
      })}
    </fieldset>
  ))
}

/** All keys that work where one is, by their words. */
function KeysDialog() {
  const actions = possibleActions().filter(action => action.keys !== undefined)
  return (
    <Dialog title={say('keys')} onClose={close} size="medium">
      {actions.length === 0 ? <p>{say('noKeys')}</p> : null}
      <dl className={css['table']}>
        {actions.map(action => (
          <div key={action.id} className={css['line']}>
            <dt>{action.words()}</dt>
            <dd className={css['combinations']}>
              {action.keys?.map(keys => (
                <kbd key={keys} className={css['key']}>
                  {keysForPeople(keys)}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}

function groupsOf(query: string, places: readonly Place[]): readonly Group[] {
  const actions = fitting(query, possibleActions().filter(isChoosable), action => action.words())
  const groups = [
    { title: say('places'), entries: places.slice(0, placesShownMax).map(entryOfPlace) },
    { title: say('actions'), entries: actions.map(entryOfAction) },
  ]
  return groups.filter(group => group.entries.length > 0)
}

/** Not itself, and not what only closes something. */
function isChoosable(action: Action): boolean {
  return action.inPalette !== false
}

function entryOfAction(action: Action): Entry {
  const [keys] = action.keys ?? []
  const picture = action.icon === undefined ? null : <action.icon aria-hidden size={18} />
  const shownKeys = keys === undefined ? undefined : keysForPeople(keys)
  return { id: action.id, label: action.words(), picture, keys: shownKeys, run: action.run }
}

function entryOfPlace({ id, label, about, picture, go }: Place): Entry {
  return { id, label, about, picture, run: go }
}

/** What the rooms find; the answers of an older question are passed over. */
function usePlaces(query: string): readonly Place[] {
  const finders = usePalette(state => state.finders)
  const [places, setPlaces] = useState<readonly Place[]>([])
  useEffect(() => {
    let current = true
    const asked = finders.map(find => find(query.trim()).catch(() => []))
    void Promise.all(asked).then(found => {
      if (current) setPlaces(found.flat())
    })
    return () => {
      current = false
    }
  }, [query, finders])
  return places
}
