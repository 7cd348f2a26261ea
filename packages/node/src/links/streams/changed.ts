import type { Readable } from 'node:stream'

const events = ['readable', 'end', 'close', 'error'] as const

/** Resolves when there is something new to find out about a stream that is read by hand. */
export function changed(stream: Readable): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      for (const event of events) stream.off(event, done)
      resolve()
    }
    for (const event of events) stream.on(event, done)
  })
}
