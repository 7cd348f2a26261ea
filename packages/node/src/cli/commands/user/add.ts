import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { passwordParam, showAccess } from './access.ts'

export function addCommand(): Command {
  return withCommonOptions(new Command('add'))
    .description('add a person; prints address, password, and link and QR for Delta Chat')
    .argument('<name>', 'the part of the address before the @')
    .option('--admin', 'they look after the node, as the first person does by itself')
    .option('--password-stdin', 'take the password from the first line of standard input')
    .action((name: string, options: CommonOptions & { passwordStdin?: boolean; admin?: boolean }) =>
      runCommand(options, async context => {
        const password = await passwordParam(options.passwordStdin)
        showAccess(
          context,
          await context.ask('user.add', { name, ...password, ...(options.admin ? { admin: true } : {}) }),
        )
      }),
    )
}
