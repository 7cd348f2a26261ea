/** Cutting a square out of a picture: where it lies, and how it moves. All in pixels of the picture. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** The square by its middle and its side. */
export interface Square {
  readonly x: number
  readonly y: number
  readonly side: number
}

/** As deep as one may go in: a face in a group. */
const zoomMax = 8

/** The largest square, in the middle. */
export function wholeSquare({ width, height }: Size): Square {
  return { x: width / 2, y: height / 2, side: Math.min(width, height) }
}

/** Keeps a square inside the picture, whatever was asked. */
export function inside(picture: Size, square: Square): Square {
  const whole = Math.min(picture.width, picture.height)
  const side = clamp(square.side, whole / zoomMax, whole)
  return {
    x: clamp(square.x, side / 2, picture.width - side / 2),
    y: clamp(square.y, side / 2, picture.height - side / 2),
    side,
  }
}

/** `zoom` is 0 for all of it, 1 for the closest. */
export function zoomed(picture: Size, square: Square, zoom: number): Square {
  const whole = Math.min(picture.width, picture.height)
  return inside(picture, { ...square, side: whole / zoomMax ** clamp(zoom, 0, 1) })
}

export function zoomOf(picture: Size, square: Square): number {
  return Math.log(Math.min(picture.width, picture.height) / square.side) / Math.log(zoomMax)
}

/** Moves the picture below a frame that is shown with so many pixels a side. */
export function dragged(picture: Size, square: Square, by: { x: number; y: number }, frameSide: number): Square {
  const scale = square.side / frameSide
  return inside(picture, { ...square, x: square.x - by.x * scale, y: square.y - by.y * scale })
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max)
}
