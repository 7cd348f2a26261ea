import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'

export function subscribeCommand(): Command {
  return changing('subscribe', 'pass messages of an area on to these neighbours')
}

export function unsubscribeCommand(): Command {
  return changing('unsubscribe', 'pass messages of an area on to these no more')
}

function changing(verb: 'subscribe' | 'unsubscribe', description: string): Command {
  return withCommonOptions(new Command(verb))
    .description(description)
    .argument('<area>', 'its name or id')
    .argument('<nodes...>', 'names or ids of neighbours')
    .action((name: string, nodes: string[], options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const area = await ask(`area.${verb}`, { name, nodes })
        if (json) return output.json(area)
        const names = area.subscribers.map(one => one.name ?? one.id)
        output.say(`Messages of ${area.name} go from here to ${names.length === 0 ? 'nobody' : names.join(', ')}.`)
      }),
    )
}
