/** Reading QR codes: from what a camera sees, and from pictures. A chunk of its own, loaded when somebody scans. */
import { decodeQR } from 'qr/decode.js'

/** Pixels, four bytes each, as a canvas gives them. */
export interface Pixels {
  readonly width: number
  readonly height: number
  readonly data: Uint8ClampedArray
}

/** Time for one frame of a camera: scanning must not make the page stutter on a slow phone. */
const frameMs = 60
/** A picture is looked at once, and may take its time. */
const pictureMs = 2000

/** The text of the code in a frame; undefined when there is none that can be read. */
export function textInFrame(pixels: Pixels): string | undefined {
  return read(pixels, { effort: 1, timeLimit: frameMs })
}

export function textInPicture(pixels: Pixels): string | undefined {
  return read(pixels, { effort: 3, timeLimit: pictureMs })
}

function read(pixels: Pixels, options: { effort: number; timeLimit: number }): string | undefined {
  try {
    const text = decodeQR(
      { width: pixels.width, height: pixels.height, data: pixels.data },
      { format: 'RGBA', ...options },
    )
    return text === '' ? undefined : text
  } catch {
    // It throws for every frame without a code: that is most of them.
    return undefined
  }
}
