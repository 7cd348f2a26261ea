/** Chooses chats to which messages are sent on. */
import { apiLimits, type ChatRow } from '@posthorn/api'
import { Check, Forward } from 'lucide-react'
import { useEffect, useState } from 'react'
import { api } from '../../api/index.ts'
import { plainLine } from '../../text/line.ts'
import { Avatar, Button, Dialog, Row, Spinner, toast } from '../../ui/index.ts'
import { told } from '../doing.ts'
import { useOpenChat } from '../state.ts'
import { say } from '../words.ts'
import css from './overlays.module.css'

interface Props {
  readonly ids: readonly number[]
  readonly onClose: () => void
}

const shownMax = 100

export function ForwardDialog({ ids, onClose }: Props) {
  const { store } = useOpenChat()
  const [query, setQuery] = useState('')
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set())
  const rows = useChats(query)
  const turn = (id: number) => {
    const next = new Set(chosen)
    if (!next.delete(id) && next.size < apiLimits.forwardMax) next.add(id)
    setChosen(next)
  }
  const forward = async () => {
    onClose()
    const done = await told(api.call('messages.forward', { ids: [...ids], chats: [...chosen] }))
    if (done === undefined) return
    store.setState({ chosen: null })
    toast({ text: say('forwardedTo') })
  }
  const actions = (
    <Button
      look="primary"
      icon={<Forward aria-hidden size={18} />}
      disabled={chosen.size === 0}
      onClick={() => void forward()}
    >
      {say('forwardTo', { count: chosen.size })}
    </Button>
  )
  return (
    <Dialog title={say('forwardTitle')} size="medium" onClose={onClose} actions={actions}>
      <input
        type="search"
        className={css['search']}
        placeholder={say('findChats')}
        aria-label={say('findChats')}
        maxLength={apiLimits.queryLettersMax}
        value={query}
        onChange={event => setQuery(event.target.value)}
      />
      {rows === undefined ? <Spinner /> : null}
      {rows?.length === 0 ? <p className={css['note']}>{say('noChatsFound')}</p> : null}
      <ul className={css['people']}>
        {(rows ?? []).map(row => (
          <li key={row.id}>
            <Choice row={row} isChosen={chosen.has(row.id)} onTurn={() => turn(row.id)} />
          </li>
        ))}
      </ul>
    </Dialog>
  )
}

interface ChoiceProps {
  readonly row: ChatRow
  readonly isChosen: boolean
  readonly onTurn: () => void
}

function Choice({ row, isChosen, onTurn }: ChoiceProps) {
  return (
    <label className={css['choice']}>
      <input type="checkbox" checked={isChosen} onChange={onTurn} />
      <Row
        start={<Avatar name={row.name} avatar={row.avatar} size={2.5} square={row.kind !== 'single'} />}
        title={<bdi>{plainLine(row.name)}</bdi>}
        end={
          <span className={css['tick']} data-on={isChosen || undefined}>
            {isChosen ? <Check aria-hidden size={14} strokeWidth={3} /> : null}
          </span>
        }
      />
    </label>
  )
}

/** Chats in which something can be written, as far as their rows tell. */
function useChats(query: string): readonly ChatRow[] | undefined {
  const [rows, setRows] = useState<readonly ChatRow[] | undefined>()
  useEffect(() => {
    let isGone = false
    void told(find(query)).then(found => {
      if (!isGone) setRows(found ?? [])
    })
    return () => {
      isGone = true
    }
  }, [query])
  return rows
}

async function find(query: string): Promise<readonly ChatRow[]> {
  const { ids } = await api.call('chats.ids', { query })
  const rows = await api.call('chats.rows', { ids: ids.slice(0, shownMax) })
  return rows.filter(
    ({ device, request, kind }) => !device && !request && kind !== 'channel-in' && kind !== 'mailing-list',
  )
}
