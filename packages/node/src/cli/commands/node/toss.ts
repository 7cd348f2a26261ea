import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'

export function tossCommand(): Command {
  return withCommonOptions(new Command('toss'))
    .description('open what lies in the inbox now (a running node does it by itself)')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const left = await ask('toss', {})
        if (json) output.json(left)
        else output.say(`Done. ${left.inbox} packets wait for another try, ${left.quarantine} are set aside.`)
      }),
    )
}
