import { Archive } from 'lucide-react'
import { useEffect, useMemo } from 'react'
import { Link } from 'wouter'
import { useStore } from 'zustand'
import { type ListStore, stores, useRows } from '../../stores/index.ts'
import { Button, classes, EmptyState, Spinner, VirtualList } from '../../ui/index.ts'
import { isAlone, requestsAmong, requestsFirst } from '../order.ts'
import { say } from '../words.ts'
import { NoArchive, NoChats } from './empty.tsx'
import css from './list.module.css'
import { ChatLine } from './row.tsx'

type Line = { readonly kind: 'archive' } | { readonly kind: 'chat'; readonly id: number }

/** The ids of a list in the order shown, null until they came; and whether there is nobody in them yet. */
function useOrder(list: ListStore): { ids: readonly number[] | null; alone: boolean } {
  const ids = useStore(list.store, state => state.ids)
  useEffect(() => list.watch(), [list])
  const top = useMemo(() => ids?.slice(0, requestsAmong) ?? [], [ids])
  const held = useRows(stores().chats.rows, top)
  return useMemo(
    () => (ids === null ? { ids, alone: false } : { ids: requestsFirst(ids, held), alone: isAlone(ids, held) }),
    [ids, held],
  )
}

interface LinesProps {
  readonly archived: boolean
  readonly chosen: number | undefined
  readonly now: number
  readonly go: (path: string) => void
}

/** All chats, or all of the archive. */
export function Lines({ archived, chosen, now, go }: LinesProps) {
  const { list, archive } = stores().chats
  const shown = archived ? archive : list
  const { ids, alone } = useOrder(shown)
  const inArchive = useStore(list.store, state => state.archived)
  const failed = useStore(shown.store, state => state.failed)
  const lines = useMemo<readonly Line[]>(() => {
    const chats = (ids ?? []).map(id => ({ kind: 'chat' as const, id }))
    return inArchive > 0 && !archived ? [{ kind: 'archive' as const }, ...chats] : chats
  }, [ids, inArchive, archived])

  if (ids === null) return failed ? <CannotLoad again={() => void shown.refresh()} /> : <Waits />
  if (lines.length === 0) return <div className={css['empty']}>{archived ? <NoArchive /> : <NoChats />}</div>
  const isFirst = alone && !archived && inArchive === 0
  return (
    <>
      <VirtualList
        label={archived ? say('archive') : say('list')}
        className={classes(css['lines'], isFirst && css['few'])}
        lines={lines}
        keyOf={line => (line.kind === 'archive' ? line.kind : String(line.id))}
        estimate={line => (line.kind === 'archive' ? 44 : 68)}
        chosen={chosen === undefined ? undefined : String(chosen)}
      >
        {(line, tabIndex) =>
          line.kind === 'archive' ? (
            <ArchiveLine count={inArchive} tabIndex={tabIndex} />
          ) : (
            <ChatLine id={line.id} chosen={line.id === chosen} now={now} tabIndex={tabIndex} go={go} />
          )
        }
      </VirtualList>
      {isFirst ? (
        <div className={css['empty']}>
          <NoChats />
        </div>
      ) : null}
    </>
  )
}

function ArchiveLine({ count, tabIndex }: { readonly count: number; readonly tabIndex: 0 | -1 }) {
  return (
    <Link href="/archive" className={classes(css['row'], css['slim'])} tabIndex={tabIndex} draggable={false}>
      <span className={css['slim-icon']}>
        <Archive aria-hidden size={20} />
      </span>
      <span className={css['slim-text']}>{say('archive')}</span>
      <span className={css['time']}>{say('archivedChats', { count })}</span>
    </Link>
  )
}

function Waits() {
  return (
    <div className={css['waits']}>
      <Spinner label={say('loading')} />
    </div>
  )
}

function CannotLoad({ again }: { readonly again: () => void }) {
  return (
    <EmptyState title={say('cannotLoad')} action={<Button onClick={again}>{say('tryAgain')}</Button>}>
      {say('cannotLoadText')}
    </EmptyState>
  )
}
