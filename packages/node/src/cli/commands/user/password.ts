import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { passwordParam, showAccess } from './access.ts'

export function passwordCommand(): Command {
  return withCommonOptions(new Command('password'))
    .description('give a person a new password; apps that logged in with the old one are sent away')
    .argument('<name>')
    .option('--password-stdin', 'take the password from the first line of standard input')
    .action((name: string, options: CommonOptions & { passwordStdin?: boolean }) =>
      runCommand(options, async context => {
        const password = await passwordParam(options.passwordStdin)
        showAccess(context, await context.ask('user.password', { name, ...password }))
      }),
    )
}
