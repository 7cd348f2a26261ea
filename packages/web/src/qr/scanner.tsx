import { CameraOff } from 'lucide-react'
import { useCallback, useEffect, useRef, useState } from 'react'
import { pixelsOf, readPicture } from '../pictures/picture.ts'
import { Button, Spinner } from '../ui/index.ts'
import { type CameraProblem, closeCamera, openCamera } from './camera.ts'
import css from './scanner.module.css'
import { say } from './words.ts'

/** Between two looks: a code is held still for longer. */
const pauseMs = 120
/** Codes fill a good part of the frame: so many pixels a side are enough to read them. */
const frameSideMax = 800
const pictureSideMax = 2000

/** Looks through the camera until it sees a code, and tells what is in it, each text once. */
export function Scanner({ onText }: { readonly onText: (text: string) => void }) {
  const video = useRef<HTMLVideoElement>(null)
  const [state, setState] = useState<CameraProblem | 'starting' | 'looking'>('starting')
  const tell = useRef(onText)
  tell.current = onText
  const gone = useRef<AbortController>(undefined)
  const start = useCallback(() => {
    gone.current?.abort()
    gone.current = new AbortController()
    setState('starting')
    void look(video.current, gone.current.signal, setState, text => tell.current(text))
  }, [])
  useEffect(() => {
    start()
    return () => gone.current?.abort()
  }, [start])
  const hasCamera = state === 'starting' || state === 'looking'
  return (
    <div className={css['scanner']}>
      <video ref={video} className={css['video']} hidden={!hasCamera} muted playsInline aria-label={say('scanner')} />
      {state === 'looking' ? <span className={css['frame']} aria-hidden /> : null}
      {state === 'starting' ? (
        <span className={css['middle']}>
          <Spinner label={say('starting')} />
        </span>
      ) : null}
      {hasCamera ? null : <Problem problem={state} again={start} />}
      {state === 'looking' ? <p className={css['hint']}>{say('hold')}</p> : null}
    </div>
  )
}

function Problem({ problem, again }: { readonly problem: CameraProblem; readonly again: () => void }) {
  const canRetry = problem === 'refused' || problem === 'busy' || problem === 'failed'
  return (
    <div className={css['middle']} role="alert">
      <CameraOff aria-hidden size={28} strokeWidth={1.5} />
      <p>{say(problem)}</p>
      {canRetry ? <Button onClick={again}>{say('tryAgain')}</Button> : null}
    </div>
  )
}

async function look(
  video: HTMLVideoElement | null,
  signal: AbortSignal,
  tell: (state: CameraProblem | 'looking') => void,
  found: (text: string) => void,
): Promise<void> {
  if (video === null) return
  const [camera, { textInFrame }] = await Promise.all([openCamera(window), import('./read.ts')])
  if ('problem' in camera) {
    if (!signal.aborted) tell(camera.problem)
    return
  }
  const close = () => closeCamera(camera.stream)
  if (signal.aborted) return close()
  signal.addEventListener('abort', close, { once: true })
  video.srcObject = camera.stream
  await video.play().catch(() => undefined)
  tell('looking')
  let last: string | undefined
  while (!signal.aborted) {
    const size = { width: video.videoWidth, height: video.videoHeight }
    const pixels = size.width > 0 ? pixelsOf(video, size, frameSideMax) : undefined
    const text = pixels === undefined ? undefined : textInFrame(pixels)
    if (text !== undefined && text !== last) {
      last = text
      found(text)
    }
    await new Promise(done => setTimeout(done, pauseMs))
  }
}

/** The text of the code in a picture that somebody chose; else what is wrong with it, in words. */
export async function scanPicture(file: Blob): Promise<{ text: string } | { fault: string }> {
  const picture = await readPicture(file)
  if (picture === undefined) return { fault: say('notAPicture') }
  const { textInPicture } = await import('./read.ts')
  const pixels = pixelsOf(picture, picture, pictureSideMax)
  const text = pixels === undefined ? undefined : textInPicture(pixels)
  return text === undefined ? { fault: say('noCode') } : { text }
}
