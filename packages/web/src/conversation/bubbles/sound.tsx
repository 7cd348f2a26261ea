/** A player for voice notes and other sounds. */
import type { FileView } from '@posthorn/api'
import { Download, Pause, Play } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { fileSize } from '../../i18n/index.ts'
import { plainLine } from '../../text/line.ts'
import { playTime } from '../media/play-time.ts'
import { playAlone, type Shape, shapeOf } from '../media/voices.ts'
import { shortFileName } from '../text/safe.ts'
import { say } from '../words.ts'
import { IconButtonLink } from './icon-link.tsx'
import css from './sound.module.css'

interface Props {
  readonly file: FileView
  readonly isVoice: boolean
}

const speeds = [1, 1.5, 2]

export function Sound({ file, isVoice }: Props) {
  const audio = useRef<HTMLAudioElement>(null)
  const shape = useShape(isVoice ? file : null)
  const player = usePlayer(audio, file.durationMs ?? shape?.durationMs ?? null)
  const [speed, setSpeed] = useState(1)
  const name = plainLine(file.name)
  if (file.path === null) return null
  const turnSpeed = () => {
    const next = speeds[(speeds.indexOf(speed) + 1) % speeds.length] ?? 1
    setSpeed(next)
    if (audio.current !== null) audio.current.playbackRate = next
  }
  return (
    <div className={css['sound']}>
      {isVoice ? null : (
        <span className={css['name']} title={name}>
          <bdi>{shortFileName(file.name)}</bdi>
        </span>
      )}
      <audio ref={audio} src={file.path} preload="none" {...player.events} />
      <button
        type="button"
        className={css['play']}
        aria-label={player.isPlaying ? say('pause') : say('play')}
        onClick={() => player.turn()}
      >
        {player.isPlaying ? <Pause aria-hidden size={20} /> : <Play aria-hidden size={20} />}
      </button>
      <Track bars={shape?.bars ?? flat} player={player} />
      <span className={css['end']}>
        <span className={css['time']}>{timeText(player, file)}</span>
        {isVoice ? (
          <button type="button" className={css['speed']} onClick={turnSpeed} aria-label={say('speed', { speed })}>
            {speed}×
          </button>
        ) : (
          <IconButtonLink icon={Download} label={say('download', { name })} href={file.path} download={name} />
        )}
      </span>
    </div>
  )
}

type Player = ReturnType<typeof usePlayer>

function timeText({ atMs, durationMs }: Player, file: FileView): string {
  if (atMs > 0) return playTime(atMs)
  return durationMs === null ? fileSize(file.sizeBytes) : playTime(durationMs)
}

function usePlayer(audio: React.RefObject<HTMLAudioElement | null>, knownMs: number | null) {
  const [isPlaying, setPlaying] = useState(false)
  const [atMs, setAtMs] = useState(0)
  const [readMs, setReadMs] = useState<number | null>(null)
  const durationMs = knownMs ?? readMs
  const read = () => {
    const seconds = audio.current?.duration ?? Number.NaN
    if (Number.isFinite(seconds)) setReadMs(seconds * 1000)
  }
  return {
    isPlaying,
    atMs,
    durationMs,
    turn() {
      if (audio.current === null) return
      if (isPlaying) audio.current.pause()
      else playAlone(audio.current)
    },
    goTo(part: number) {
      if (audio.current === null || durationMs === null) return
      audio.current.currentTime = (part * durationMs) / 1000
      setAtMs(part * durationMs)
    },
    events: {
      onPlay: () => setPlaying(true),
      onPause: () => setPlaying(false),
      onLoadedMetadata: read,
      onDurationChange: read,
      onTimeUpdate: () => setAtMs((audio.current?.currentTime ?? 0) * 1000),
      onEnded: () => setAtMs(0),
    },
  }
}

function useShape(file: FileView | null): Shape | null {
  const [shape, setShape] = useState<Shape | null>(null)
  const path = file?.path ?? null
  const sizeBytes = file?.sizeBytes ?? 0
  useEffect(() => {
    let isGone = false
    if (path !== null) {
      void shapeOf(path, sizeBytes).then(found => {
        if (!isGone) setShape(found)
      })
    }
    return () => {
      isGone = true
    }
  }, [path, sizeBytes])
  return shape
}

/** The bars are a picture; what moves through them is a slider, for fingers, keys and ears. */
function Track({ bars, player }: { readonly bars: readonly number[]; readonly player: Player }) {
  const { atMs, durationMs } = player
  const part = durationMs === null || durationMs === 0 ? 0 : Math.min(1, atMs / durationMs)
  const drawn = barsOf(bars)
  return (
    <span className={css['track']}>
      <svg className={css['bars']} viewBox={`0 0 ${flat.length} 20`} preserveAspectRatio="none" aria-hidden>
        <path className={css['bar']} d={drawn} />
        <path className={css['played']} d={drawn} style={{ clipPath: `inset(0 ${(1 - part) * 100}% 0 0)` }} />
      </svg>
      <input
        type="range"
        className={css['range']}
        aria-label={say('position')}
        aria-valuetext={playTime(atMs)}
        min={0}
        max={1}
        step={0.01}
        value={part}
        onChange={event => player.goTo(Number(event.target.value))}
      />
    </span>
  )
}

const flat: readonly number[] = Array.from({ length: 40 }, () => 0)

/** One line for each, about the middle. */
function barsOf(heights: readonly number[]): string {
  const lines = heights.map((height, index) => {
    const half = Math.max(1, height * 9)
    return `M${index + 0.5} ${(10 - half).toFixed(1)}V${(10 + half).toFixed(1)}`
  })
  return lines.join('')
}
