/** A voice note in the making: recorded, then listened to, then sent or thrown away. */
import { SendHorizontal, Square, Trash2 } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { IconButton, toast } from '../../ui/index.ts'
import { Sound } from '../bubbles/sound.tsx'
import { playTime } from '../media/play-time.ts'
import { prepareShape } from '../media/voices.ts'
import { useOpenChat } from '../state.ts'
import { say } from '../words.ts'
import css from './composer.module.css'
import { type Recorder, type Recording, startRecording } from './recorder.ts'
import { sendVoice } from './sending.ts'

const levelsShown = 48
const levelEveryMs = 90

export function VoiceNote({ onEnd }: { readonly onEnd: () => void }) {
  const openChat = useOpenChat()
  const [recording, setRecording] = useState<Recording | null>(null)
  if (recording === null) return <Running onStop={setRecording} onEnd={onEnd} />
  const send = () => {
    sendVoice(openChat, recording.file, recording.durationMs)
    onEnd()
  }
  return <Listen recording={recording} onSend={send} onEnd={onEnd} />
}

interface RunningProps {
  readonly onStop: (recording: Recording) => void
  readonly onEnd: () => void
}

function Running({ onStop, onEnd }: RunningProps) {
  const { recorder, levels, ms } = useRecorder(onEnd)
  const stop = async () => {
    const done = await recorder.current?.stop()
    recorder.current = null
    if (done !== undefined) onStop(done)
  }
  return (
    <div className={css['line']}>
      <IconButton icon={Trash2} label={say('cancelRecording')} onClick={onEnd} />
      <div className={css['recording']} role="timer" aria-label={say('recording', { time: playTime(ms) })}>
        <span className={css['red']} />
        <span className={css['clock']}>{playTime(ms)}</span>
        <span className={css['levels']} aria-hidden>
          {levels.map(({ at, level }) => (
            <span key={at} className={css['level']} style={{ blockSize: `${Math.max(8, level * 100)}%` }} />
          ))}
        </span>
      </div>
      <IconButton icon={Square} look="accent" label={say('stopRecording')} onClick={() => void stop()} />
    </div>
  )
}

/** Ends with the component, whatever it was doing. */
function useRecorder(onFailure: () => void) {
  const recorder = useRef<Recorder | null>(null)
  const [levels, setLevels] = useState<readonly { readonly at: number; readonly level: number }[]>([])
  const fail = useRef(onFailure)
  fail.current = onFailure
  useEffect(() => {
    let isGone = false
    startRecording().then(
      started => {
        if (isGone) started.cancel()
        else recorder.current = started
      },
      () => {
        toast({ text: say('noMicrophone'), tone: 'danger' })
        fail.current()
      },
    )
    let at = 0
    const timer = setInterval(() => {
      if (recorder.current === null) return
      at += 1
      const level = { at, level: recorder.current.level() }
      setLevels(before => [...before, level].slice(-levelsShown))
    }, levelEveryMs)
    return () => {
      isGone = true
      clearInterval(timer)
      recorder.current?.cancel()
    }
  }, [])
  return { recorder, levels, ms: (levels.at(-1)?.at ?? 0) * levelEveryMs }
}

interface ListenProps {
  readonly recording: Recording
  readonly onSend: () => void
  readonly onEnd: () => void
}

function Listen({ recording: { file, durationMs }, onSend, onEnd }: ListenProps) {
  const [path, setPath] = useState<string | null>(null)
  useEffect(() => {
    const address = URL.createObjectURL(file)
    prepareShape(address, file)
    setPath(address)
    return () => URL.revokeObjectURL(address)
  }, [file])
  const view = { name: file.name, mime: file.type, sizeBytes: file.size, path, width: null, height: null, durationMs }
  return (
    <div className={css['line']}>
      <IconButton icon={Trash2} label={say('cancelRecording')} onClick={onEnd} />
      <div className={css['recording']}>
        <Sound file={view} isVoice />
      </div>
      <IconButton icon={SendHorizontal} look="accent" label={say('send')} onClick={onSend} />
    </div>
  )
}
