import { formatNiceness } from '@posthorn/nncp'
import { Command } from 'commander'
import type { WaitingPackets } from '../../../node/operations/network-types.ts'
import type { SpoolStat, WaitingCount } from '../../../node/operations/spool-types.ts'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { amount } from '../../exchanges.ts'
import { formatAge, formatBytes, table } from '../../output.ts'

export function statCommand(): Command {
  return withCommonOptions(new Command('stat'))
    .description('what waits in the spool, by neighbour and niceness, as nncp-stat shows it')
    .argument('[neighbour]', 'its name or id (default: all)')
    .option('--packets', 'the packets that go to this neighbour, one by one, in their order')
    .action((neighbour: string | undefined, options: CommonOptions & { packets?: boolean }, command: Command) => {
      if (options.packets === true && neighbour === undefined) command.error('error: --packets needs a neighbour')
      return runCommand(options, async ({ ask, json, output }) => {
        if (options.packets === true && neighbour !== undefined) {
          const waiting = await ask('spool.packets', { neighbour, limit: packetsMost })
          return json ? output.json(waiting) : output.say(describePackets(waiting))
        }
        const stat = await ask('spool.stat', neighbour === undefined ? {} : { neighbour })
        if (json) output.json(stat)
        else output.say(describe(stat))
      })
    })
}

const packetsMost = 1000

function describePackets({ packets, more }: WaitingPackets): string {
  if (packets.length === 0) return 'Nothing waits.'
  const rows = packets.map(({ id, niceness, sizeBytes, since, kind }) => [
    ...[formatNiceness(niceness), kind, formatBytes(sizeBytes), formatAge(since), id],
  ])
  const all = table(['NICENESS', 'KIND', 'SIZE', 'WAITS', 'PACKET'], rows)
  return more ? `${all}\nand more` : all
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
