import type { MessageView, ResultOf } from '@posthorn/api'
import { useEffect, useMemo, useState } from 'react'
import { api, wordsOf } from '../../api/index.ts'
import { fullTime } from '../../i18n/index.ts'
import { stores, useRows } from '../../stores/index.ts'
import { plainLine } from '../../text/line.ts'
import { Dialog, Spinner } from '../../ui/index.ts'
import { say } from '../words.ts'
import css from './overlays.module.css'

interface Props {
  readonly message: MessageView
  readonly onClose: () => void
}

type Info = ResultOf<'messages.info'>

export function InfoDialog({ message, onClose }: Props) {
  const [info, setInfo] = useState<Info | null>(null)
  const [trouble, setTrouble] = useState('')
  useEffect(() => {
    let isGone = false
    api.call('messages.info', { message: message.id }).then(
      found => {
        if (!isGone) setInfo(found)
      },
      (error: unknown) => {
        if (!isGone) setTrouble(wordsOf(error))
      },
    )
    return () => {
      isGone = true
    }
  }, [message.id])
  return (
    <Dialog title={say('infoTitle')} size="medium" onClose={onClose}>
      <dl className={css['facts']}>
        <dt>{say('written')}</dt>
        <dd>{fullTime(message.sentAt)}</dd>
        {message.mine ? null : (
          <>
            <dt>{say('arrived')}</dt>
            <dd>{fullTime(message.receivedAt)}</dd>
          </>
        )}
        {info === null ? null : <Known info={info} isMine={message.mine} />}
      </dl>
      {info === null && trouble === '' ? <Spinner /> : null}
      {trouble === '' ? null : <p className={css['note']}>{trouble}</p>}
    </Dialog>
  )
}

function Known({ info, isMine }: { readonly info: Info; readonly isMine: boolean }) {
  const ids = useMemo(() => info.readBy.map(({ contact }) => contact), [info.readBy])
  const contacts = useRows(stores().contacts.rows, ids)
  return (
    <>
      {isMine ? (
        <>
          <dt>{say('readBy')}</dt>
          {info.readBy.length === 0 ? <dd>{say('nobodyKnown')}</dd> : null}
          {info.readBy.map(({ contact, at }) => (
            <dd key={contact}>
              <bdi>{plainLine(contacts.get(contact)?.name ?? '')}</bdi>
              {` · ${fullTime(at)}`}
            </dd>
          ))}
        </>
      ) : null}
      <dt>{say('mailName')}</dt>
      <dd className={css['code']}>{info.messageId}</dd>
      <dt>{say('engineText')}</dt>
      <dd>
        <pre className={css['code']}>{info.text}</pre>
      </dd>
    </>
  )
}
