import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { type BoundOptions, boundsOf, describeBounds, withBoundOptions } from './bounds.ts'

export function limitCommand(): Command {
  return withCommonOptions(withBoundOptions(new Command('limit')))
    .description('how long and how fast lines with a neighbour may be; `none` takes a limit away')
    .argument('<name>', 'its name or id')
    .action((name: string, options: CommonOptions & BoundOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const limited = await ask('neighbour.limit', { name, ...boundsOf(options) })
        if (json) return output.json(limited)
        const words = describeBounds(limited)
        output.say(`Lines with ${limited.neighbour}: ${words.length === 0 ? 'no limits' : words.join(', ')}.`)
      }),
    )
}
