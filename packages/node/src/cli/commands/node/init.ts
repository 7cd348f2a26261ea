import { Command, Option } from 'commander'
import { homeAt } from '../../../node/home.ts'
import { initNode } from '../../../node/init.ts'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'

export function initCommand(): Command {
  return withCommonOptions(new Command('init'))
    .description('make a node: keys, posthorn.toml and database')
    .option('--name <name>', 'its name in addresses (default: from the name of this machine)')
    .addOption(new Option('--ports <how>', 'auto = any free ports').choices(['auto', 'usual']).default('usual'))
    .option('--loopback', 'calls of other nodes from this machine only, and no announcements in the local network')
    .action((options: CommonOptions & { name?: string; ports: 'auto' | 'usual'; loopback?: boolean }) =>
      runCommand(options, async ({ json, output }) => {
        const name = options.name === undefined ? {} : { name: options.name }
        const { ports, loopback = false } = options
        const made = await initNode(homeAt(options.home), { ...name, autoPorts: ports === 'auto', loopback })
        if (json) return output.json(made)
        output.say(
          [
            `Made the node ${made.name} in ${made.home}`,
            `  id      ${made.id}`,
            `  domain  ${made.domain}`,
            'Its keys are in keys.json there: keep a copy in a safe place, nobody can replace them.',
          ].join('\n'),
        )
      }),
    )
}
