/** The place that a picture or film takes: known before it is loaded, so that nothing moves when it comes. */
export interface Box {
  /** Pixels of CSS; a narrower screen makes it smaller in the same shape. */
  readonly width: number
  readonly height: number
}

interface Limits {
  readonly widthMax: number
  readonly heightMax: number
  readonly sideMin: number
}

const limits: Limits = { widthMax: 340, heightMax: 380, sideMin: 96 }
/** Of what does not say how large it is. */
const unknown: Box = { width: 300, height: 225 }

export function boxOf(
  { width, height }: { readonly width: number | null; readonly height: number | null },
  { widthMax, heightMax, sideMin }: Limits = limits,
): Box {
  if (width === null || height === null || width < 1 || height < 1) return unknown
  const scale = Math.min(1, widthMax / width, heightMax / height)
  // A line of one pixel is cut out of the middle rather than drawn as such.
  const side = (pixels: number, max: number) => Math.round(Math.min(max, Math.max(sideMin, pixels * scale)))
  return { width: side(width, widthMax), height: side(height, heightMax) }
}
