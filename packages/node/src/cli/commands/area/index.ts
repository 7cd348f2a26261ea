import { Command } from 'commander'
import type { AreaStatus } from '../../../node/operations/area-types.ts'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { table } from '../../output.ts'
import { joinCommand } from './join.ts'
import { setCommand } from './set.ts'
import { showCommand } from './show.ts'
import { subscribeCommand, unsubscribeCommand } from './subscribe.ts'

export function areaCommands(): Command {
  const noun = new Command('area').description('groups of nodes that hear the same messages')
  const taking = [createCommand(), joinCommand(), listCommand(), showCommand(), setCommand(), removeCommand()]
  for (const verb of [...taking, subscribeCommand(), unsubscribeCommand()]) noun.addCommand(verb)
  return noun
}

function createCommand(): Command {
  return withCommonOptions(new Command('create'))
    .description('make a new area, with keys of its own')
    .argument('<name>', 'what to call it: a-z 0-9 . _ -')
    .action((name: string, options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const area = await ask('area.create', { name })
        if (json) return output.json(area)
        output.say(
          `The area ${area.name} is made; its id is ${area.id}.\n` +
            `Say who gets its messages from here:  posthorn area subscribe ${area.name} NODE…\n` +
            `Let others take part in it:           posthorn area show ${area.name} --secret`,
        )
      }),
    )
}

function listCommand(): Command {
  return withCommonOptions(new Command('list'))
    .description('all areas')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const areas = await ask('area.list', {})
        if (json) return output.json(areas)
        if (areas.length === 0) return output.say('No area yet. Make one: posthorn area create NAME')
        const rows = areas.map(area => [area.name, `${area.id.slice(0, 16)}…`, partOf(area), subscribersOf(area)])
        output.say(table(['NAME', 'ID', 'HERE', 'GOES TO'], rows))
      }),
    )
}

function partOf({ reads, writes }: AreaStatus): string {
  if (reads) return 'read'
  return writes ? 'written, not read' : 'passed on'
}

function subscribersOf({ subscribers }: AreaStatus): string {
  return subscribers.length === 0 ? 'nobody' : subscribers.map(({ name, id }) => name ?? id.slice(0, 8)).join(', ')
}

function removeCommand(): Command {
  return withCommonOptions(new Command('remove'))
    .description('take no part in an area any more; keys that nobody else has are lost')
    .argument('<name>', 'its name or id')
    .action((name: string, options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const removed = await ask('area.remove', { name })
        if (json) output.json(removed)
        else output.say(`${removed.name} is forgotten. Messages of it that still come are set aside.`)
      }),
    )
}
