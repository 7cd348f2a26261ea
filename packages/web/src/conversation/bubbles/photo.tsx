import type { FileView, MessageView } from '@posthorn/api'
import { plainLine } from '../../text/line.ts'
import { say } from '../words.ts'
import { boxOf } from './box.ts'
import css from './media.module.css'

interface Props {
  readonly message: MessageView
  readonly file: FileView
  /** None while it is not on the node: there is nothing more to see. */
  readonly onOpen: (() => void) | undefined
}

/** A photo, animation or sticker in its place; a click shows it large. */
export function Photo({ message, file, onOpen }: Props) {
  const isSticker = message.kind === 'sticker'
  const box = isSticker ? boxOf(file, { widthMax: 160, heightMax: 160, sideMin: 64 }) : boxOf(file)
  const shape = { inlineSize: `${box.width}px`, aspectRatio: `${box.width} / ${box.height}` }
  if (file.path === null)
    return <div className={css['photo']} style={shape} aria-label={say(nameOf(message))} role="img" />
  const picture = <img src={file.path} alt="" loading="lazy" decoding="async" draggable={false} />
  const sticker = isSticker || undefined
  if (onOpen === undefined) {
    return (
      <div
        className={css['photo']}
        data-sticker={sticker}
        data-still
        style={shape}
        role="img"
        aria-label={say(nameOf(message))}
      >
        {picture}
      </div>
    )
  }
  return (
    <button
      type="button"
      className={css['photo']}
      data-sticker={sticker}
      style={shape}
      aria-label={say('openPhoto', { name: plainLine(file.name) })}
      onClick={onOpen}
    >
      {picture}
    </button>
  )
}

function nameOf({ kind }: MessageView): 'photo' | 'gif' | 'sticker' {
  return kind === 'gif' || kind === 'sticker' ? kind : 'photo'
}
