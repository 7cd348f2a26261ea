import { showSession } from '../api/index.ts'

const goneMs = 1500
const pauseMs = 700

const sleep = (delayMs: number) => new Promise(resolve => setTimeout(resolve, delayMs))

/** Resolves when a node that begins anew answers again. */
export async function untilBack(): Promise<void> {
  await sleep(goneMs)
  for (;;) {
    try {
      await showSession()
      return
    } catch {
      await sleep(pauseMs)
    }
  }
}
