import type { FileView } from '@posthorn/api'
import { Play } from 'lucide-react'
import { useState } from 'react'
import { fileSize } from '../../i18n/index.ts'
import { playTime } from '../media/play-time.ts'
import { say } from '../words.ts'
import { boxOf } from './box.ts'
import css from './media.module.css'

/** A film is loaded only when somebody wants to see it: over slow Wi-Fi each one costs. */
export function Film({ file }: { readonly file: FileView }) {
  const [isPlaying, setPlaying] = useState(false)
  const box = boxOf(file)
  const shape = { inlineSize: `${box.width}px`, aspectRatio: `${box.width} / ${box.height}` }
  if (file.path === null) return <div className={css['film']} style={shape} aria-label={say('video')} role="img" />
  if (isPlaying) {
    return (
      <video className={css['film']} style={shape} src={file.path} controls autoPlay playsInline>
        <track kind="captions" />
      </video>
    )
  }
  return (
    <button
      type="button"
      className={css['film']}
      style={shape}
      aria-label={say('play')}
      onClick={() => setPlaying(true)}
    >
      <span className={css['play']}>
        <Play aria-hidden size={28} />
      </span>
      <span className={css['note']}>
        {file.durationMs === null ? null : `${playTime(file.durationMs)} · `}
        {fileSize(file.sizeBytes)}
      </span>
    </button>
  )
}
