import type { BoundsView, NeighbourView, neighbourMethods } from '@posthorn/api'
import type { Handlers } from '../../../services/web-server/handlers.ts'
import type { LineBounds } from '../../../stores/directory/index.ts'
import type { NeighbourStatus } from '../../operations/types.ts'
import type { ServedNode } from '../../served.ts'
import { type Ask, troubleOf } from './asking.ts'

/** Somebody waits for the end of it: a call is over when nothing was said for so long. */
const quietMs = 3000

export function neighbourHandlers(node: ServedNode, ask: Ask): Handlers<keyof typeof neighbourMethods> {
  const named = async () => {
    const names = new Map((await node.directory.neighbours.list()).map(({ identity, name }) => [identity.id, name]))
    return (id: string) => names.get(id as never) ?? id
  }
  const view = async (status: NeighbourStatus): Promise<NeighbourView> => neighbourView(status, await named())
  return {
    'neighbours.list': async () => {
      const nameOf = await named()
      return (await ask('neighbour.list', {})).map(status => neighbourView(status, nameOf))
    },
    'neighbours.show': async ({ neighbour }) => {
      const status = await ask('neighbour.show', { name: neighbour })
      const bounds = boundsOf(await ask('neighbour.limit', { name: neighbour }))
      const schedules = await ask('schedule.list', { neighbour })
      return { ...(await view(status)), bounds, schedules: [...schedules] }
    },
    'neighbours.add': async ({ card, name, addresses, via }) => {
      const added = await ask('neighbour.add', {
        card,
        ...(name === undefined ? {} : { name }),
        ...(addresses === undefined ? {} : { addr: addresses }),
        ...(via === undefined ? {} : { via }),
      })
      return { ...(await view(added)), outcome: added.outcome }
    },
    'neighbours.remove': ({ neighbour }) => ask('neighbour.remove', { name: neighbour }),
    'neighbours.limit': async ({ neighbour, ...bounds }) =>
      boundsOf(await ask('neighbour.limit', { name: neighbour, ...bounds })),
    'neighbours.call': async ({ neighbour, nicenessMax }, _caller, context) => {
      const how = { name: neighbour, onlineDeadlineMs: quietMs, ...(nicenessMax === undefined ? {} : { nicenessMax }) }
      const outcome = await ask('neighbour.call', how, context)
      const { sent, received, left } = outcome
      return { neighbour: outcome.neighbour, sent, received, left, trouble: troubleOf(outcome) }
    },
    'neighbours.pause': ({ neighbour, paused }) => ask('neighbour.pause', { name: neighbour, on: paused }),
    'history.show': async ({ neighbour, days }) => {
      const history = await ask('neighbour.history', { name: neighbour, days })
      return { neighbour: history.neighbour, days: [...history.days] }
    },
    'schedules.list': async given => [...(await ask('schedule.list', given))],
    'schedules.add': given => ask('schedule.add', given),
    'schedules.remove': given => ask('schedule.remove', given),
  }
}

export function neighbourView(status: NeighbourStatus, nameOf: (id: string) => string): NeighbourView {
  const { name, id, domain, custody, via, otherRoads, addresses, queued, unreceipted, lastContact, paused } = status
  return {
    ...{ name, id, domain, custody, queued, unreceipted, lastContact, paused },
    via: via.map(nameOf),
    otherRoads: otherRoads.map(road => road.map(nameOf)),
    addresses: [...addresses],
    lettersOnTheirWay: status.lettersOnTheirWay,
  }
}

function boundsOf(bounds: LineBounds): BoundsView {
  const { onlineDeadlineMs, onlineMsMax } = bounds
  const { rxPacketsPerSecond, txPacketsPerSecond, rxBytesPerSecond, txBytesPerSecond } = bounds
  const rates = { rxPacketsPerSecond, txPacketsPerSecond, rxBytesPerSecond, txBytesPerSecond }
  return { onlineDeadlineMs, onlineMsMax, ...rates }
}
