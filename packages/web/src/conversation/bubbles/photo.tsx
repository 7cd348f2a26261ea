import type { FileView, MessageView } from '@posthorn/api'
import { plainLine } from '../../text/line.ts'
import { say } from '../words.ts'
import { boxOf } from './box.ts'
import css from './media.module.css'

interface Props {
  readonly message: MessageView
  readonly file: FileView
  readonly onOpen: () => void
}

/** A photo, animation or sticker in its place; a click shows it large. */
export function Photo({ message, file, onOpen }: Props) {
  const isSticker = message.kind === 'sticker'
  const box = isSticker ? boxOf(file, { widthMax: 160, heightMax: 160, sideMin: 64 }) : boxOf(file)
  const shape = { inlineSize: `${box.width}px`, aspectRatio: `${box.width} / ${box.height}` }
  if (file.path === null)
    return <div className={css['photo']} style={shape} aria-label={say(nameOf(message))} role="img" />
  return (
    <button
      type="button"
      className={css['photo']}
      data-sticker={isSticker || undefined}
      style={shape}
      aria-label={say('openPhoto', { name: plainLine(file.name) })}
      onClick={onOpen}
    >
      <img src={file.path} alt="" loading="lazy" decoding="async" draggable={false} />
    </button>
  )
}

function nameOf({ kind }: MessageView): 'photo' | 'gif' | 'sticker' {
  return kind === 'gif' || kind === 'sticker' ? kind : 'photo'
}
