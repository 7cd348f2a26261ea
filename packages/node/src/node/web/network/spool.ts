import type { spoolMethods } from '@posthorn/api'
import type { Handlers } from '../../../services/web-server/handlers.ts'
import type { Ask } from './asking.ts'

export function spoolHandlers(ask: Ask): Handlers<keyof typeof spoolMethods> {
  return {
    'spool.stat': async () => {
      const { neighbours, partial, quarantine } = await ask('spool.stat', {})
      const shown = neighbours.map(({ name, id, out, in: opened }) => ({ name, id, out: [...out], in: [...opened] }))
      return { neighbours: shown, partial, quarantine }
    },
    'spool.packets': async given => {
      const { neighbour, packets, more } = await ask('spool.packets', given)
      return { neighbour, packets: [...packets], more }
    },
    'spool.raise': async ({ packet, niceness }) => {
      const raised = await ask('spool.raise', { packet, nice: niceness })
      return { packet: raised.packet, before: raised.before, niceness: raised.niceness }
    },
    'quarantine.list': async () => [...(await ask('quarantine.list', {}))],
    'quarantine.retry': async ({ number }, _caller, context) => {
      const { number: now, outcome, reason = null } = await ask('quarantine.retry', { number }, context)
      return { number: now, outcome, reason }
    },
    'quarantine.remove': ({ number }) => ask('quarantine.remove', { number }),
  }
}
