import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { formatTime, table } from '../../output.ts'

export function nearbyCommand(): Command {
  return withCommonOptions(new Command('nearby'))
    .description('nodes in the local network, neighbours and others, as they announce themselves')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const nodes = await ask('neighbour.nearby', {})
        if (json) return output.json(nodes)
        if (nodes.length === 0) return output.say('Nobody was heard in the local network.')
        const rows = nodes.map(({ id, name, neighbour, addresses, since }) => [
          neighbour ?? '-',
          name ?? '-',
          `${id.slice(0, 16)}…`,
          addresses[0]?.url ?? '-',
          formatTime(since),
        ])
        output.say(table(['NEIGHBOUR', 'CALLS ITSELF', 'ID', 'ADDRESS', 'SINCE'], rows))
      }),
    )
}
