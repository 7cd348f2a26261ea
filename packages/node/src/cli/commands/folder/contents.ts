import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { formatBytes, table } from '../../output.ts'

export function contentsCommand(): Command {
  return withCommonOptions(new Command('contents'))
    .description('what of ours lies in a folder, by neighbour')
    .argument('<name>')
    .action((name: string, options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const contents = await ask('folder.contents', { name })
        if (json) return output.json(contents)
        if (contents.neighbours.length === 0) return output.say(`Nothing of ours lies in ${contents.folder}.`)
        const rows = contents.neighbours.map(({ name: neighbour, packets, bytes, arrived }) => [
          neighbour,
          String(packets),
          formatBytes(bytes),
          String(arrived),
        ])
        output.say(table(['FOR', 'PACKETS', 'SIZE', 'ARRIVED ALREADY'], rows))
        if (contents.more) output.say('There is more; so much was counted.')
      }),
    )
}
