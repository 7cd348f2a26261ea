/** Pictures of people and groups: read, cut to a square, and made small before they travel. */
import type { Size, Square } from './square.ts'

/** Pixels a side: sharp on every screen, and some 40 KB. */
export const pictureSide = 512
const quality = 0.85

export type Picture = ImageBitmap

/** Reads a picture that somebody chose; undefined for what is none. Turned as its camera was held. */
export async function readPicture(file: Blob): Promise<Picture | undefined> {
  try {
    return await createImageBitmap(file, { imageOrientation: 'from-image' })
  } catch {
    return undefined
  }
}

export function draw(canvas: HTMLCanvasElement, picture: Picture, { x, y, side }: Square): void {
  const context = canvas.getContext('2d')
  if (context === null) return
  context.imageSmoothingQuality = 'high'
  // What can be seen through would become black in a JPEG.
  context.fillStyle = '#ffffff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.drawImage(picture, x - side / 2, y - side / 2, side, side, 0, 0, canvas.width, canvas.height)
}

/** The square as a JPEG that holds nothing but pixels: no place, no time, no camera. */
export function cutOut(picture: Picture, square: Square): Promise<Blob | undefined> {
  const canvas = document.createElement('canvas')
  canvas.width = pictureSide
  canvas.height = pictureSide
  draw(canvas, picture, square)
  return new Promise(done => canvas.toBlob(blob => done(blob ?? undefined), 'image/jpeg', quality))
}

/** The pixels of a picture, no larger than so many on its longer side. */
export function pixelsOf(picture: CanvasImageSource, { width, height }: Size, sideMax: number): ImageData | undefined {
  const scale = Math.min(1, sideMax / Math.max(width, height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(width * scale))
  canvas.height = Math.max(1, Math.round(height * scale))
  const context = canvas.getContext('2d', { willReadFrequently: true })
  context?.drawImage(picture, 0, 0, canvas.width, canvas.height)
  return context?.getImageData(0, 0, canvas.width, canvas.height)
}
