import { Argument, Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'

export function adminCommand(): Command {
  return withCommonOptions(new Command('admin'))
    .description('let somebody look after the node in the web chat, or not any more; never the last one')
    .argument('<name>')
    .addArgument(new Argument('<how>', 'on or off').choices(['on', 'off']))
    .action((name: string, how: 'on' | 'off', options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const user = await ask('user.admin', { name, admin: how === 'on' })
        if (json) output.json(user)
        else output.say(`${user.name} ${user.admin ? 'looks' : 'does not look'} after this node.`)
      }),
    )
}
