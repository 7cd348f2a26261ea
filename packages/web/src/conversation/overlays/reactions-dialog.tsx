import type { MessageView, ResultOf } from '@posthorn/api'
import { useEffect, useMemo, useState } from 'react'
import { api } from '../../api/index.ts'
import { stores, useRows } from '../../stores/index.ts'
import { plainLine } from '../../text/line.ts'
import { Avatar, Dialog, Row, Spinner } from '../../ui/index.ts'
import { told } from '../doing.ts'
import { say } from '../words.ts'
import css from './overlays.module.css'

interface Props {
  readonly message: MessageView
  readonly onClose: () => void
}

export function ReactionsDialog({ message, onClose }: Props) {
  const [reactions, setReactions] = useState<ResultOf<'messages.reactions'> | undefined>()
  useEffect(() => {
    let isGone = false
    void told(api.call('messages.reactions', { message: message.id })).then(found => {
      if (!isGone) setReactions(found ?? [])
    })
    return () => {
      isGone = true
    }
  }, [message.id])
  const ids = useMemo(() => (reactions ?? []).map(({ contact }) => contact), [reactions])
  const contacts = useRows(stores().contacts.rows, ids)
  return (
    <Dialog title={say('whoReacted')} onClose={onClose}>
      {reactions === undefined ? <Spinner /> : null}
      <ul className={css['people']}>
        {(reactions ?? []).map(({ contact, emoji }) => {
          const known = contacts.get(contact)
          return (
            <li key={`${contact} ${emoji}`}>
              <Row
                start={known == null ? null : <Avatar name={known.name} avatar={known.avatar} size={2.5} />}
                title={<bdi>{contact === 1 ? say('you') : plainLine(known?.name ?? '')}</bdi>}
                end={<span className={css['large']}>{emoji}</span>}
              />
            </li>
          )
        })}
      </ul>
    </Dialog>
  )
}
