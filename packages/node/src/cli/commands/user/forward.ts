import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { showUser } from './show.ts'

export function forwardCommand(): Command {
  return withCommonOptions(new Command('forward'))
    .description('send a person’s letters on to other addresses; without any, no more')
    .argument('<name>')
    .argument('[addresses...]', 'of people here or elsewhere')
    .option('--keep', 'and keep them here too (default)')
    .option('--no-keep', 'and keep none here, but for reports of what could not be delivered')
    .action((name: string, to: readonly string[], options: CommonOptions & { keep?: boolean }) =>
      runCommand(options, async context => {
        const keep = options.keep !== false
        showUser(context, await context.ask('user.forward', { name, to, keep }))
      }),
    )
}
