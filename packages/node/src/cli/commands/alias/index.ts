import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { table } from '../../output.ts'

export function aliasCommands(): Command {
  const noun = new Command('alias').description('addresses that lead to people here, or to several at once')
  for (const verb of [addCommand(), listCommand(), removeCommand()]) noun.addCommand(verb)
  return noun
}

function addCommand(): Command {
  return withCommonOptions(new Command('add'))
    .description('make an address lead to people; one that is there already is replaced')
    .argument('<address>', 'NAME under every domain of this node, NAME@DOMAIN, or @DOMAIN for all that nobody else has')
    .argument('<people...>', 'users, other aliases, or addresses elsewhere')
    .action((address: string, targets: readonly string[], options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const added = await ask('alias.add', { address, targets })
        if (json) output.json(added)
        else output.say(`Mail for ${added.address} goes to ${added.targets.join(', ')}.`)
      }),
    )
}

function listCommand(): Command {
  return withCommonOptions(new Command('list'))
    .description('which aliases there are')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const aliases = await ask('alias.list', {})
        if (json) output.json(aliases)
        else if (aliases.length === 0) output.say('None yet: posthorn alias add NAME PEOPLE…')
        else
          output.say(
            table(
              ['ALIAS', 'GOES TO'],
              aliases.map(({ address, targets }) => [address, targets.join(', ')]),
            ),
          )
      }),
    )
}

function removeCommand(): Command {
  return withCommonOptions(new Command('remove'))
    .description('remove an alias; mail for it is refused from then on')
    .argument('<address>', 'as `alias list` shows it')
    .action((address: string, options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const removed = await ask('alias.remove', { address })
        if (json) output.json(removed)
        else output.say(`${removed.address} is no alias any more.`)
      }),
    )
}
