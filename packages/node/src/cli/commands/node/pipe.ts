import { Command } from 'commander'
import { answerPipe, standardLine } from '../../../node/pipe.ts'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'

export function pipeCommand(): Command {
  return withCommonOptions(new Command('pipe'))
    .description('take a call over standard input and output (inetd, UCSPI, ssh); they are the line, also with --json')
    .action((options: CommonOptions) =>
      // Errors go to standard error alone: the other end would take anything else for the session.
      runCommand({ ...options, json: false }, ({ home, signal }) =>
        answerPipe(home, standardLine(process.env), signal),
      ),
    )
}
