import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'

export function removeCommand(): Command {
  return withCommonOptions(new Command('remove'))
    .description('remove a person; their mail is kept under mail/.removed in the home')
    .argument('<name>')
    .action((name: string, options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const removed = await ask('user.remove', { name })
        if (json) output.json(removed)
        else output.say(`${removed.name} is removed. Their mail lies under mail/.removed in the node's home.`)
      }),
    )
}
