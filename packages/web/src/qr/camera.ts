/**
 * The camera, for scanning. A browser gives it only to a secure page (https, or this very machine), and only when the
 * person allows it: what is in the way is told in words that say what to do.
 */
export type CameraProblem = 'insecure' | 'none' | 'refused' | 'busy' | 'failed'

export type Camera = { readonly stream: MediaStream } | { readonly problem: CameraProblem }

interface Window {
  readonly isSecureContext: boolean
  readonly navigator: { readonly mediaDevices?: Pick<MediaDevices, 'getUserMedia'> }
}

/** Asks for the camera that looks away from the person, where there are two. The caller stops the stream. */
export async function openCamera(window: Window): Promise<Camera> {
  const devices = window.navigator.mediaDevices
  if (devices === undefined) return { problem: window.isSecureContext ? 'none' : 'insecure' }
  try {
    const video = { facingMode: { ideal: 'environment' }, width: { ideal: 1280 }, height: { ideal: 720 } }
    return { stream: await devices.getUserMedia({ video, audio: false }) }
  } catch (error) {
    return { problem: problemOf(error) }
  }
}

export function closeCamera(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop()
}

/** By the names that Media Capture and Streams, section 10.2, gives to its errors. */
function problemOf(error: unknown): CameraProblem {
  const name = error instanceof Error || error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused'
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'none'
  if (name === 'NotReadableError' || name === 'AbortError') return 'busy'
  return 'failed'
}
