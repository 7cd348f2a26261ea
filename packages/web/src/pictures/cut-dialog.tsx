import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react'
import { Button, Dialog } from '../ui/index.ts'
import { cutOut, draw, type Picture, pictureSide } from './picture.ts'
import css from './pictures.module.css'
import { dragged, type Square, wholeSquare, zoomed, zoomOf } from './square.ts'
import { say } from './words.ts'

interface CutDialogProps {
  readonly picture: Picture
  readonly onDone: (cut: Blob) => void
  readonly onClose: () => void
}

/** Chooses the square of a picture that is shown: by finger, mouse or keys. */
export function CutDialog({ picture, onDone, onClose }: CutDialogProps) {
  const [square, setSquare] = useState<Square>(() => wholeSquare(picture))
  const use = async () => {
    const cut = await cutOut(picture, square)
    if (cut !== undefined) onDone(cut)
    onClose()
  }
  const zoom = (by: number) => setSquare(before => zoomed(picture, before, by))
  return (
    <Dialog
      title={say('cutTitle')}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{say('cancel')}</Button>
          <Button look="primary" onClick={() => void use()}>
            {say('use')}
          </Button>
        </>
      }
    >
      <Window picture={picture} square={square} onMove={setSquare} />
      <label className={css['zoom']}>
        <span>{say('closer')}</span>
        <input
          type="range"
          min={0}
          max={1}
          step={0.01}
          value={zoomOf(picture, square)}
          onChange={event => zoom(Number(event.target.value))}
        />
      </label>
    </Dialog>
  )
}

const keySteps: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [1, 0],
  ArrowRight: [-1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
}
const keyStep = 12
const zoomStep = 0.08

interface WindowProps {
  readonly picture: Picture
  readonly square: Square
  readonly onMove: (square: Square) => void
}

function Window({ picture, square, onMove }: WindowProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    if (canvas.current !== null) draw(canvas.current, picture, square)
  }, [picture, square])
  const drag = (event: PointerEvent<HTMLElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
    const by = { x: event.movementX, y: event.movementY }
    onMove(dragged(picture, square, by, event.currentTarget.clientWidth))
  }
  const press = (event: KeyboardEvent<HTMLElement>) => {
    const step = keySteps[event.key]
    const side = event.currentTarget.clientWidth
    if (step !== undefined) onMove(dragged(picture, square, { x: step[0] * keyStep, y: step[1] * keyStep }, side))
    else if (event.key === '+') onMove(zoomed(picture, square, zoomOf(picture, square) + zoomStep))
    else if (event.key === '-') onMove(zoomed(picture, square, zoomOf(picture, square) - zoomStep))
    else return
    event.preventDefault()
  }
  return (
    <button
      type="button"
      className={css['window']}
      aria-label={say('cutLabel')}
      onPointerDown={event => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onKeyDown={press}
    >
      <canvas ref={canvas} width={pictureSide} height={pictureSide} className={css['canvas']} />
    </button>
  )
}
