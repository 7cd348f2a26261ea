/** The shapes of voice notes, worked out once each, and only one sound at a time. */
import { peaksOf } from './peaks.ts'

const barsShown = 40
/** Of a longer sound the shape costs more memory than it is worth. */
const sizeBytesMax = 1_500_000
const keptMax = 200

export interface Shape {
  readonly bars: readonly number[]
  readonly durationMs: number
}

const shapes = new Map<string, Promise<Shape | null>>()

/** Null when there is none: too long, or of a kind that this browser does not read. */
export function shapeOf(path: string, sizeBytes: number): Promise<Shape | null> {
  const known = shapes.get(path)
  if (known !== undefined) return known
  return keep(path, sizeBytes > sizeBytesMax ? Promise.resolve(null) : read(path).then(decode))
}

/** Of a sound that is in this page only: its address cannot be asked. */
export function prepareShape(path: string, sound: Blob): void {
  void keep(path, sound.arrayBuffer().then(decode))
}

function keep(path: string, work: Promise<Shape | null>): Promise<Shape | null> {
  const shape = work.catch(() => null)
  shapes.set(path, shape)
  const [oldest] = shapes.keys()
  if (shapes.size > keptMax && oldest !== undefined) shapes.delete(oldest)
  return shape
}

async function read(path: string): Promise<ArrayBuffer> {
  const answer = await fetch(path)
  if (!answer.ok) throw new Error(`The sound could not be read: ${answer.status}`)
  return await answer.arrayBuffer()
}

async function decode(bytes: ArrayBuffer): Promise<Shape> {
  // Without sound and at a low rate: this context is never heard.
  const context = new OfflineAudioContext(1, 1, 8000)
  const sound = await context.decodeAudioData(bytes)
  return { bars: peaksOf(sound.getChannelData(0), barsShown), durationMs: sound.duration * 1000 }
}

let playing: HTMLAudioElement | null = null

/** Whatever else sounds, stops. */
export function playAlone(audio: HTMLAudioElement): void {
  if (playing !== null && playing !== audio) playing.pause()
  playing = audio
  void audio.play().catch(() => {})
}
