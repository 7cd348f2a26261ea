import { formatNiceness } from '@posthorn/nncp'
import { Command, InvalidArgumentError } from 'commander'
import type { RemoveOutcome } from '../../../node/operations/spool-types.ts'
import { type CommandContext, type CommonOptions, exitCodes, runCommand, withCommonOptions } from '../../command.ts'
import { amount } from '../../exchanges.ts'
import { formatAge, formatBytes, table } from '../../output.ts'

interface RmOptions extends CommonOptions {
  readonly node?: string
  readonly all?: boolean
  readonly tx?: boolean
  readonly rx?: boolean
  readonly part?: boolean
  readonly seen?: boolean
  readonly older?: number
  readonly dryRun?: boolean
}

export function rmCommand(): Command {
  const command = withCommonOptions(new Command('rm'))
    .description('remove packets from the spool; senders of letters are told')
    .argument('[packet...]', 'ids of packets')
    .option('--node <neighbour>', 'those that wait for this neighbour, or came from it')
    .option('--all', 'those of all neighbours')
    .option('--tx', 'only what is on its way out')
    .option('--rx', 'only what came in and is not opened yet; it is not taken again')
    .option('--part', 'beginnings of packets whose line was cut')
    .option('--seen', 'forget that packets were seen: offered again, they are taken again')
    .option('--older <duration>', 'only what has waited as long, as 10s, 5m, 12h or 2d', duration)
    .option('--dry-run', 'only say what would be removed')
  return command.action((packets: readonly string[], options: RmOptions) => {
    const misuse = misuseOf(packets, options)
    if (misuse !== undefined) command.error(`error: ${misuse}`)
    return runCommand(options, context => remove(context, packets, options))
  })
}

function duration(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  const unitMs = new Map([
    ['s', 1000],
    ['m', 60_000],
    ['h', 3_600_000],
    ['d', 86_400_000],
  ]).get(unit)
  if (unitMs !== undefined && Number(count) > 0) return Number(count) * unitMs
  throw new InvalidArgumentError('a duration is wanted, as 10s, 5m, 12h or 2d')
}

function misuseOf(packets: readonly string[], { node, all, tx, rx, part, seen }: RmOptions): string | undefined {
  const kinds = [packets.length > 0, part === true, seen === true].filter(Boolean).length
  const whose = [packets.length > 0, node !== undefined, all === true].filter(Boolean).length
  if (kinds > 1 || whose > 1) return 'say one of: ids of packets, --node, --all; or --part; or --seen'
  if (part === true && whose > 0) return '--part is for all neighbours: it is not known who sent the beginnings'
  if ((part === true || seen === true) && (tx === true || rx === true)) return '--tx and --rx are for packets that wait'
  if (part !== true && whose === 0) return 'say which: ids of packets, --node NEIGHBOUR, --all, or --part'
  return undefined
}

async function remove(context: CommandContext, packets: readonly string[], options: RmOptions): Promise<void> {
  const { ask, json, output } = context
  const { node, all = false, tx, rx, part, seen, older, dryRun = false } = options
  const common = { dryRun, ...(older === undefined ? {} : { olderMs: older }) }
  const neighbour = node === undefined ? {} : { neighbour: node }
  if (seen === true) {
    const outcome = await ask('spool.forget-seen', { ...common, ...neighbour })
    if (json) output.json(outcome)
    else output.say(`${dryRun ? 'Would forget' : 'Forgot'} that ${outcome.forgotten} packets were seen.`)
    return
  }
  const which = packets.length > 0 ? { packets } : { ...neighbour, ...(all ? { all } : {}) }
  const ways = { tx: tx === true || rx !== true, rx: rx === true || tx !== true }
  const outcome =
    part === true
      ? await ask('spool.remove-partial', common)
      : await ask('spool.remove', { ...common, ...which, ...ways })
  output.progressDone()
  if (json) output.json(outcome)
  else output.say(describe(outcome))
  if (outcome.unknown.length > 0) process.exitCode = exitCodes.failed
}

function describe({ dryRun, packets, bytes, told, list, unknown }: RemoveOutcome): string {
  const rows = list.map(({ id, way, neighbour, niceness, sizeBytes, since }) => [
    neighbour ?? '-',
    way,
    niceness === null ? '-' : formatNiceness(niceness),
    formatBytes(sizeBytes),
    formatAge(since),
    id,
  ])
  return [
    ...(rows.length > 0 ? [table(['NEIGHBOUR', 'WAY', 'NICENESS', 'SIZE', 'WAITS', 'PACKET'], rows)] : []),
    ...(packets > list.length ? [`and ${packets - list.length} more`] : []),
    `${dryRun ? 'Would remove' : 'Removed'} ${amount({ packets, bytes })}.`,
    ...(told > 0 ? [`The senders of ${told} of them were told.`] : []),
    ...unknown.map(id => `Not here: ${id}`),
  ].join('\n')
}
