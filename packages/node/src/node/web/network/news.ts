/** Tells open pages that the network changed, and what moves in it, often enough to be alive and no oftener. */
import type { Clock } from '../../../base/clock.ts'
import { messageOf } from '../../../base/errors.ts'
import type { Service } from '../../../base/lifecycle.ts'
import type { Publish } from '../../../services/web-server/handlers.ts'
import type { ServedNode } from '../../served.ts'
import { showMoves } from './picture.ts'

const pauseMs = 500
/** What is shown with rates has to fade when nothing happens any more. */
const fadingRoundsMax = 12

interface NewsOptions {
  readonly node: ServedNode
  readonly publish: Publish
  readonly clock: Clock
}

/** While nothing happens it sleeps. */
export function startNetworkNews({ node, publish, clock }: NewsOptions): Service {
  const stopping = new AbortController()
  const { signal } = stopping
  const tell = async (): Promise<boolean> => {
    const moves = await showMoves(node)
    publish('all', 'network.moved', { moves })
    return moves.some(({ active }) => active)
  }
  const run = async () => {
    while (!signal.aborted) {
      await node.courier.moved(signal)
      if (signal.aborted) return
      try {
        publish('all', 'network.changed', {})
        let rounds = 0
        while ((await tell()) && rounds < fadingRoundsMax && !signal.aborted) {
          rounds += 1
          await clock.sleep(pauseMs, signal).catch(() => undefined)
        }
      } catch (error) {
        node.log.warn('it could not be told what moves', { reason: messageOf(error) })
      }
      await clock.sleep(pauseMs, signal).catch(() => undefined)
    }
  }
  const running = run()
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}
