/** When neighbours are called by themselves, and what a line with them may cost. */
import { OperatingError } from '../../base/errors.ts'
import { callableUrl } from '../../links/address.ts'
import { cronTimes } from '../../services/courier/cron.ts'
import { type LineBounds, type NumberedSchedule, noBounds } from '../../stores/directory/index.ts'
import type { ServedNode } from '../served.ts'
import { findNeighbour } from './neighbours.ts'
import type { ParamsOf, ResultOf, ScheduleStatus } from './types.ts'

const nicenessMost = 255

export async function limitNeighbour(
  node: ServedNode,
  { name: given, ...changes }: ParamsOf<'neighbour.limit'>,
): Promise<ResultOf<'neighbour.limit'>> {
  const { identity, name } = await findNeighbour(node, given)
  const { bounds: before } = await node.directory.calling.get(identity.id)
  const bounds: LineBounds = { ...before, ...changes }
  if (Object.keys(changes).length > 0) {
    await node.directory.calling.bound(identity.id, bounds)
    node.courier.refresh()
  }
  return { neighbour: name, ...bounds }
}

export async function addSchedule(node: ServedNode, params: ParamsOf<'schedule.add'>): Promise<ScheduleStatus> {
  const { neighbour: given, address, ...rest } = params
  const { identity, name } = await findNeighbour(node, given)
  if (cronTimes(params.cron).next(Date.now()) === undefined) {
    throw refusal('bad-schedule', `The time of "${params.cron}" never comes (again). Nothing was scheduled.`)
  }
  const schedule = {
    ...noBounds,
    ...{ whenWaiting: false, nicenessMax: nicenessMost, direction: 'both' as const },
    ...rest,
    address: address === undefined ? null : callableUrl(address).href,
  }
  const number = await node.directory.calling.schedule(identity.id, schedule)
  if (number === 'unknown') throw refusal('unknown-neighbour', `${name} is no neighbour any more.`)
  if (number === 'too-many') throw refusal('too-many', `${name} has as many schedules as can be. Remove some first.`)
  node.courier.refresh()
  return statusOf(name, { ...schedule, number })
}

export async function listSchedules(
  node: ServedNode,
  params: ParamsOf<'schedule.list'>,
): Promise<readonly ScheduleStatus[]> {
  const { directory } = node
  const neighbours =
    params.neighbour === undefined ? await directory.neighbours.list() : [await findNeighbour(node, params.neighbour)]
  const rules = await directory.calling.list()
  return neighbours.flatMap(({ identity, name }) =>
    (rules.get(identity.id)?.schedules ?? []).map(schedule => statusOf(name, schedule)),
  )
}

export async function removeSchedule(
  node: ServedNode,
  params: ParamsOf<'schedule.remove'>,
): Promise<ResultOf<'schedule.remove'>> {
  const { identity, name } = await findNeighbour(node, params.neighbour)
  if (!(await node.directory.calling.unschedule(identity.id, params.number))) {
    throw refusal('unknown-number', `${name} has no schedule ${params.number}. \`posthorn schedule list\` shows all.`)
  }
  node.courier.refresh()
  return { neighbour: name, number: params.number }
}

function statusOf(neighbour: string, schedule: NumberedSchedule): ScheduleStatus {
  const next = cronTimes(schedule.cron).next(Date.now())
  return { neighbour, ...schedule, next: next === undefined ? null : new Date(next).toISOString() }
}

function refusal(code: string, message: string): OperatingError {
  return new OperatingError(message, { code, retry: 'never' })
}
