import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { formatTime, table } from '../../output.ts'

export function listCommand(): Command {
  return withCommonOptions(new Command('list'))
    .description('who lives on this node')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const users = await ask('user.list', {})
        if (json) output.json(users)
        else if (users.length === 0) output.say('Nobody yet. Add the first person: posthorn user add NAME')
        else
          output.say(
            table(
              ['NAME', 'ADDRESS', 'ADMIN', 'SINCE'],
              users.map(({ name, address, createdAt, selfMade, admin }) => [
                name,
                address,
                admin ? 'yes' : '',
                `${formatTime(createdAt)}${selfMade ? ', by logging in' : ''}`,
              ]),
            ),
          )
      }),
    )
}
