import { formatNiceness } from '@posthorn/nncp'
import { Command } from 'commander'
import type { SpoolStat, WaitingCount } from '../../../node/operations/spool-types.ts'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { amount } from '../../exchanges.ts'
import { formatAge, formatBytes, table } from '../../output.ts'

export function statCommand(): Command {
  return withCommonOptions(new Command('stat'))
    .description('what waits in the spool, by neighbour and niceness, as nncp-stat shows it')
    .argument('[neighbour]', 'its name or id (default: all)')
    .action((neighbour: string | undefined, options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const stat = await ask('spool.stat', neighbour === undefined ? {} : { neighbour })
        if (json) output.json(stat)
        else output.say(describe(stat))
      }),
    )
}

function describe({ neighbours, partial, quarantine }: SpoolStat): string {
  const rows = neighbours.flatMap(({ name, id, out, in: incoming }) => [
    ...out.map(count => rowOf(name ?? id, 'out', count)),
    ...incoming.map(count => rowOf(name ?? id, 'in', count)),
  ])
  const lines = [
    rows.length === 0 ? 'Nothing waits.' : table(['NEIGHBOUR', 'WAY', 'NICENESS', 'PACKETS', 'SIZE', 'OLDEST'], rows),
  ]
  if (partial.packets > 0) lines.push(`Cut off on the way in, to be resumed: ${amount(partial)}`)
  if (quarantine > 0) lines.push(`Set aside: ${quarantine} (posthorn quarantine list)`)
  return lines.join('\n')
}

function rowOf(name: string, way: string, { niceness, packets, bytes, oldest }: WaitingCount): string[] {
  return [name, way, formatNiceness(niceness), String(packets), formatBytes(bytes), formatAge(oldest)]
}
