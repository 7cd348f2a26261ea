import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { formatTime, table } from '../../output.ts'

export function appPasswordCommands(): Command {
  const noun = new Command('app-password').description('passwords for single apps, each taken back alone')
  for (const verb of [addCommand(), listCommand(), removeCommand()]) noun.addCommand(verb)
  return noun
}

function addCommand(): Command {
  return withCommonOptions(new Command('add'))
    .description('make a password for one app; it is shown once')
    .argument('<name>')
    .argument('<label>', 'what it is for, as “phone” or “Thunderbird at work”')
    .action((name: string, label: string, options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const made = await ask('app-password.add', { name, label })
        if (json) return output.json(made)
        output.say(`${made.password}\n\nFor ${made.label}, with the address of ${made.name}. It is not shown again.`)
      }),
    )
}

function listCommand(): Command {
  return withCommonOptions(new Command('list'))
    .description('which app passwords a person has, and when each was last used')
    .argument('<name>')
    .action((name: string, options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const known = await ask('app-password.list', { name })
        if (json) output.json(known)
        else if (known.length === 0) output.say(`None yet: posthorn user app-password add ${name} LABEL`)
        else
          output.say(
            table(
              ['LABEL', 'MADE', 'LAST USED'],
              known.map(({ label, madeAt, lastUsedAt }) => [label, formatTime(madeAt), formatTime(lastUsedAt)]),
            ),
          )
      }),
    )
}

function removeCommand(): Command {
  return withCommonOptions(new Command('remove'))
    .description('take an app password back; apps that are logged in with it are sent away')
    .argument('<name>')
    .argument('<label>')
    .action((name: string, label: string, options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const removed = await ask('app-password.remove', { name, label })
        if (json) output.json(removed)
        else output.say(`${removed.label} cannot log in any more. Sessions ended: ${removed.sessions}.`)
      }),
    )
}
