import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { qrCode } from '../../output.ts'

export function linkCommand(): Command {
  return withCommonOptions(new Command('link'))
    .description('link and QR code by which people make accounts here by themselves, where the node lets them')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const { firstLogin } = await ask('status', {})
        if (json) return output.json(firstLogin)
        if (firstLogin === null) {
          return output.say('Nobody makes an account by themselves here: set users.first_login in posthorn.toml.')
        }
        const { link, users, usersMax } = firstLogin
        output.say([qrCode(link), link, '', `${users} of ${usersMax} accounts were made so.`].join('\n'))
      }),
    )
}
