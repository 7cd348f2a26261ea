import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'

export function forgetCommand(): Command {
  return withCommonOptions(new Command('forget'))
    .description('remove the chunks of a file of which no more will come')
    .argument('<from>', 'the neighbour that it is from')
    .argument('<file>', 'its name, as `file list` shows it')
    .action((from: string, file: string, options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const forgotten = await ask('file.forget', { from, file })
        if (json) return output.json(forgotten)
        output.say(`${forgotten.chunks} chunks of ${file} are gone.`)
      }),
    )
}
