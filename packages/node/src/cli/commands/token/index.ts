import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { formatTime, table } from '../../output.ts'

interface OwnedOptions extends CommonOptions {
  readonly user: string
}

export function tokenCommands(): Command {
  const noun = new Command('token').description('what scripts prove themselves with to the API')
  for (const verb of [addCommand(), listCommand(), removeCommand()]) noun.addCommand(verb)
  return noun
}

function addCommand(): Command {
  return withCommonOptions(new Command('add'))
    .description('make a token for a script; it is shown once')
    .argument('<name>', 'what it is for, as “backup script”')
    .requiredOption('--user <user>', 'whose it is: the script may do what they may')
    .option('--admin', 'also what they may because they look after the node')
    .action((label: string, options: OwnedOptions & { admin?: boolean }) =>
      runCommand(options, async ({ ask, json, output }) => {
        const made = await ask('token.add', { label, user: options.user, admin: options.admin === true })
        if (json) return output.json(made)
        const use = `curl -X POST -H 'Authorization: Bearer …' http://127.0.0.1:8470/api/v1/methods/session.show`
        output.say(`${made.token}\n\nIt is not shown again. A script sends it with each call:\n  ${use}`)
      }),
    )
}

function listCommand(): Command {
  return withCommonOptions(new Command('list'))
    .description('which tokens there are, and when each was last used')
    .option('--user <user>', 'of one person only')
    .action((options: CommonOptions & { user?: string }) =>
      runCommand(options, async ({ ask, json, output }) => {
        const tokens = await ask('token.list', options.user === undefined ? {} : { user: options.user })
        if (json) return output.json(tokens)
        if (tokens.length === 0) return output.say('None yet: posthorn token add NAME --user USER')
        const rows = tokens.map(({ label, user, role, madeAt, usedAt }) => [
          ...[label, user, role, formatTime(madeAt), formatTime(usedAt)],
        ])
        output.say(table(['NAME', 'USER', 'MAY', 'MADE', 'LAST USED'], rows))
      }),
    )
}

function removeCommand(): Command {
  return withCommonOptions(new Command('remove'))
    .description('take a token back; what uses it is sent away')
    .argument('<name>')
    .requiredOption('--user <user>', 'whose it is')
    .action((label: string, options: OwnedOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const removed = await ask('token.remove', { label, user: options.user })
        if (json) output.json(removed)
        else output.say(`${removed.label} is good for nothing any more.`)
      }),
    )
}
