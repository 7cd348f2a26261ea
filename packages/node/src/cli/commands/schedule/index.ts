import { parseNiceness } from '@posthorn/nncp'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { ScheduleStatus } from '../../../node/operations/types.ts'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { formatTime, table } from '../../output.ts'
import { type BoundOptions, boundsOf, describeBounds, withBoundOptions } from '../neighbour/bounds.ts'

interface AddOptions extends CommonOptions, BoundOptions {
  readonly whenWaiting?: true
  readonly nice?: number
  readonly only?: 'send' | 'receive'
  readonly addr?: string
}

export function scheduleCommands(): Command {
  const noun = new Command('schedule').description('when neighbours are called')
  for (const verb of [addCommand(), listCommand(), removeCommand()]) noun.addCommand(verb)
  return noun
}

function addCommand(): Command {
  return withCommonOptions(withBoundOptions(new Command('add')))
    .description('call a neighbour at these times (only), as long as the node runs')
    .argument('<neighbour>', 'its name or id')
    .argument('<times>', 'minute hour day month weekday, as "*/10 8-18 * * MON-FRI"; @hourly, @daily …')
    .option('--when-waiting', 'only when something waits for it')
    .option('--nice <niceness>', 'only packets that are not nicer, as 96, FLASH or PRIORITY+10', niceness)
    .addOption(new Option('--only <what>', 'only send, or only receive').choices(['send', 'receive']))
    .option('--addr <url>', 'only at this address')
    .action((neighbour: string, cron: string, options: AddOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const { whenWaiting, nice, only, addr } = options
        const added = await ask('schedule.add', {
          ...{ neighbour, cron, ...boundsOf(options) },
          ...(whenWaiting === undefined ? {} : { whenWaiting }),
          ...(nice === undefined ? {} : { nicenessMax: nice }),
          ...(only === undefined ? {} : { direction: only }),
          ...(addr === undefined ? {} : { address: addr }),
        })
        if (json) output.json(added)
        else
          output.say(`${added.neighbour} will be called next at ${formatTime(added.next)} (schedule ${added.number}).`)
      }),
    )
}

function listCommand(): Command {
  return withCommonOptions(new Command('list'))
    .description('all schedules, or those of one neighbour')
    .argument('[neighbour]', 'its name or id')
    .action((neighbour: string | undefined, options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const schedules = await ask('schedule.list', neighbour === undefined ? {} : { neighbour })
        if (json) return output.json(schedules)
        if (schedules.length === 0) {
          return output.say('No schedules: neighbours are called when something waits, and now and then.')
        }
        const rows = schedules.map(schedule => [
          String(schedule.number),
          schedule.neighbour,
          schedule.cron,
          formatTime(schedule.next),
          describe(schedule),
        ])
        output.say(table(['NO', 'NEIGHBOUR', 'TIMES', 'NEXT', 'HOW'], rows))
      }),
    )
}

function removeCommand(): Command {
  return withCommonOptions(new Command('remove'))
    .description('end a schedule')
    .argument('<neighbour>', 'its name or id')
    .argument('<number>', 'as shown by `schedule list`', parseNumber)
    .action((neighbour: string, number: number, options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const removed = await ask('schedule.remove', { neighbour, number })
        if (json) output.json(removed)
        else output.say(`Schedule ${removed.number} of ${removed.neighbour} is ended.`)
      }),
    )
}

function describe(schedule: ScheduleStatus): string {
  const { whenWaiting, nicenessMax, direction, address } = schedule
  return [
    ...(whenWaiting ? ['when something waits'] : []),
    ...(nicenessMax < 255 ? [`niceness ${nicenessMax}`] : []),
    ...(direction === 'both' ? [] : [`${direction} only`]),
    ...(address === null ? [] : [`at ${address}`]),
    ...describeBounds(schedule),
  ].join(', ')
}

function niceness(text: string): number {
  const value = parseNiceness(text)
  if (value !== undefined) return value
  throw new InvalidArgumentError('a niceness is wanted: 1 to 255, or a name as FLASH, PRIORITY, NORMAL, BULK')
}

function parseNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('must be a number from the list')
  return Number(text)
}
