import { File as FileIcon, FileImage, Image, X } from 'lucide-react'
import { fileSize } from '../../i18n/index.ts'
import { plainLine } from '../../text/line.ts'
import { IconButton } from '../../ui/index.ts'
import { shortFileName } from '../text/safe.ts'
import { say } from '../words.ts'
import { type Attachment, hasView } from './attachments.ts'
import css from './composer.module.css'
import { useComposing } from './composing.ts'
import { takeOut, turnKind } from './tray-files.ts'

/** A radio or a stick that is full of other things takes long over more than this. */
const largeBytes = 2_000_000

/** Files that go along with what is being written. */
export function Tray({ chat }: { readonly chat: number }) {
  const { tray } = useComposing(chat)
  if (tray.length === 0) return null
  return (
    <ul className={css['tray']} aria-label={say('tray')}>
      {tray.map(item => (
        <Item key={item.key} chat={chat} item={item} />
      ))}
    </ul>
  )
}

function Item({ chat, item }: { readonly chat: number; readonly item: Attachment }) {
  const { file, kind, preview, key } = item
  const name = plainLine(file.name)
  const size = fileSize(file.size)
  const isLarge = file.size > largeBytes && kind !== 'image'
  return (
    <li className={css['item']}>
      {preview === null ? (
        <span className={css['thumb']}>
          <FileIcon aria-hidden size={24} />
        </span>
      ) : (
        <img className={css['thumb']} src={preview} alt="" />
      )}
      <span className={css['itemText']}>
        <span className={css['itemName']} title={name}>
          <bdi>{shortFileName(file.name, 28)}</bdi>
        </span>
        <span className={css['itemSize']} data-large={isLarge || undefined}>
          {isLarge ? say('bigFile', { size }) : size}
        </span>
      </span>
      {hasView(file) && preview !== null ? (
        <IconButton
          small
          icon={kind === 'image' ? Image : FileImage}
          label={say(kind === 'image' ? 'asFile' : 'asImage')}
          onClick={() => turnKind(chat, key)}
        />
      ) : null}
      <IconButton small icon={X} label={say('takeOut', { name })} onClick={() => takeOut(chat, key)} />
    </li>
  )
}
