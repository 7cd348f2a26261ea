import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { table } from '../../output.ts'

export function rebuildCommand(): Command {
  return withCommonOptions(new Command('rebuild'))
    .description('make the index of the mail anew from the Maildirs; mail apps keep what they know')
    .argument('[user]', 'of one person (default: of all)')
    .action((user: string | undefined, options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const rebuilt = await ask('mail.rebuild', user === undefined ? {} : { user })
        output.progressDone()
        const rows = rebuilt.flatMap(one => one.folders.map(({ name, messages }) => [one.user, name, `${messages}`]))
        if (json) output.json(rebuilt)
        else output.say(table(['user', 'folder', 'messages'], rows))
      }),
    )
}
