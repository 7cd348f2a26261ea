/** The shapes of voice notes, worked out once each, and only one sound at a time. */
import { peaksOf } from './peaks.ts'

const bars = 40
/** Of a longer sound the shape costs more memory than it is worth. */
const sizeBytesMax = 1_500_000
const keptMax = 200

const shapes = new Map<string, Promise<readonly number[] | null>>()

/** Null when there is none: too long, or of a kind that this browser does not read. */
export function shapeOf(path: string, sizeBytes: number): Promise<readonly number[] | null> {
  if (sizeBytes > sizeBytesMax) return Promise.resolve(null)
  const known = shapes.get(path)
  if (known !== undefined) return known
  const shape = decode(path).catch(() => null)
  shapes.set(path, shape)
  const [oldest] = shapes.keys()
  if (shapes.size > keptMax && oldest !== undefined) shapes.delete(oldest)
  return shape
}

async function decode(path: string): Promise<readonly number[]> {
  const answer = await fetch(path)
  if (!answer.ok) throw new Error(`The sound could not be read: ${answer.status}`)
  // Without sound and at a low rate: this context is never heard.
  const context = new OfflineAudioContext(1, 1, 8000)
  const sound = await context.decodeAudioData(await answer.arrayBuffer())
  return peaksOf(sound.getChannelData(0), bars)
}

let playing: HTMLAudioElement | null = null

/** Whatever else sounds, stops. */
export function playAlone(audio: HTMLAudioElement): void {
  if (playing !== null && playing !== audio) playing.pause()
  playing = audio
  void audio.play().catch(() => {})
}
