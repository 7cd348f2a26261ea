/**
 * A voice note from the microphone, in Opus where the browser can. The microphone is let go when it ends, however it
 * ends: the light beside the camera goes out.
 */
export interface Recording {
  readonly file: File
  readonly durationMs: number
}

export interface Recorder {
  /** How loud it is now, 0 to 1. */
  level(): number
  stop(): Promise<Recording>
  cancel(): void
}

/** By its ending other apps know what it is: WebM would be taken for a film, and comes last. */
const types = [
  { mime: 'audio/ogg;codecs=opus', ending: 'ogg' },
  { mime: 'audio/mp4;codecs=opus', ending: 'm4a' },
  { mime: 'audio/mp4', ending: 'm4a' },
  { mime: 'audio/webm;codecs=opus', ending: 'webm' },
]
/** Speech is understood well at this rate, and an hour of it is 11 MB. */
const bitsPerSecond = 24_000

/** Browsers give the microphone only to pages that came over TLS or from the same machine. */
export function canRecord(): boolean {
  return typeof MediaRecorder !== 'undefined' && navigator.mediaDevices !== undefined
}

export async function startRecording(): Promise<Recorder> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true },
  })
  const type = types.find(({ mime }) => MediaRecorder.isTypeSupported(mime))
  const options = { audioBitsPerSecond: bitsPerSecond, ...(type && { mimeType: type.mime }) }
  const recorder = new MediaRecorder(stream, options)
  const meter = levelMeter(stream)
  const parts: Blob[] = []
  recorder.addEventListener('dataavailable', ({ data }) => parts.push(data))
  const startedAt = performance.now()
  recorder.start(1000)

  const release = () => {
    meter.close()
    for (const track of stream.getTracks()) track.stop()
  }
  return {
    level: () => meter.level(),
    async stop() {
      const durationMs = Math.round(performance.now() - startedAt)
      const ended = new Promise(resolve => {
        recorder.addEventListener('stop', resolve, { once: true })
      })
      recorder.stop()
      await ended
      release()
      const mime = recorder.mimeType.split(';')[0] ?? 'audio/webm'
      return { file: new File(parts, `voice.${type?.ending ?? 'webm'}`, { type: mime }), durationMs }
    },
    cancel() {
      recorder.stop()
      release()
    },
  }
}

function levelMeter(stream: MediaStream) {
  const context = new AudioContext()
  const analyser = context.createAnalyser()
  analyser.fftSize = 512
  context.createMediaStreamSource(stream).connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  return {
    level() {
      analyser.getFloatTimeDomainData(samples)
      let sum = 0
      for (const sample of samples) sum += sample ** 2
      return Math.min(1, Math.sqrt(sum / samples.length) * 5)
    },
    close: () => void context.close(),
  }
}
