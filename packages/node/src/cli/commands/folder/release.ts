import { Command } from 'commander'
import { type CommonOptions, exitCodes, runCommand, withCommonOptions } from '../../command.ts'
import { describeSync } from './sync.ts'

export function releaseCommand(): Command {
  return withCommonOptions(new Command('release'))
    .description('sync a folder a last time and take hands off it, so that its stick can be pulled out')
    .argument('<name>')
    .action((name: string, options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const outcome = await ask('folder.release', { name })
        output.progressDone()
        if (json) output.json(outcome)
        else {
          output.say(describeSync(outcome))
          const words = outcome.released
            ? 'It can be pulled out: nothing of it is open, and it is not touched until it has gone and come back.'
            : 'It was not let go of: see what is wrong, and try again.'
          output.say(words)
        }
        if (!outcome.released) process.exitCode = exitCodes.failed
      }),
    )
}
