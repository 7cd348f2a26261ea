import { useEffect, useState } from 'react'
import { type OutboxItem, outbox, useSent } from '../../device/index.ts'
import { fileSize } from '../../i18n/index.ts'
import { Button, Progress } from '../../ui/index.ts'
import { say } from '../words.ts'
import css from './bubble.module.css'

/** Most messages are with the node before anybody could read that they wait. */
const patienceMs = 1500

/** Under a message that the node does not have yet: how far its file is, or that it waits. */
export function Waiting({ item }: { readonly item: OutboxItem }) {
  const sent = useSent(item.key)
  const isLong = useLater(patienceMs)
  if (sent !== null) {
    const { sentBytes, totalBytes } = sent
    const label = say('uploading', { done: fileSize(sentBytes), total: fileSize(totalBytes) })
    return (
      <div className={css['note']}>
        <Progress label={label} done={sentBytes} total={totalBytes} />
        {label}
        <Drop item={item} />
      </div>
    )
  }
  if (!isLong && item.error === '') return null
  return (
    <div className={css['note']}>
      {item.error === '' ? say('waitsForNode') : item.error}
      <Drop item={item} />
    </div>
  )
}

function Drop({ item }: { readonly item: OutboxItem }) {
  return (
    <Button look="quiet" onClick={() => void outbox.drop(item.key)}>
      {say('cancelUpload')}
    </Button>
  )
}

function useLater(delayMs: number): boolean {
  const [isLater, setLater] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLater(true), delayMs)
    return () => clearTimeout(timer)
  }, [delayMs])
  return isLater
}
