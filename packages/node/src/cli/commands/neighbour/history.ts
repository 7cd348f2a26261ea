import { Command, InvalidArgumentError } from 'commander'
import type { HistoryDay } from '../../../node/operations/network-types.ts'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { formatBytes, table } from '../../output.ts'

export function historyCommand(): Command {
  return withCommonOptions(new Command('history'))
    .description('what passed between this node and a neighbour, day by day (UTC)')
    .argument('<name>', 'its name or id')
    .option('--days <days>', 'so many of the latest days with anything (default: 30)', days)
    .action((name: string, options: CommonOptions & { days?: number }) =>
      runCommand(options, async ({ ask, json, output }) => {
        const history = await ask('neighbour.history', {
          name,
          ...(options.days === undefined ? {} : { days: options.days }),
        })
        if (json) return output.json(history)
        if (history.days.length === 0) return output.say(`Nothing has passed to or from ${history.neighbour} yet.`)
        output.say(
          table(['DAY', 'CONTACTS', 'SENT', 'TAKEN IN', 'LETTERS', 'WAITED', 'LONGEST'], history.days.map(row)),
        )
      }),
    )
}

const daysMost = 400

function days(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= daysMost) return value
  throw new InvalidArgumentError(`a whole number of days is wanted, 1 to ${daysMost}`)
}

function row({ date, contacts, sent, received, letters }: HistoryDay): string[] {
  const amount = ({ packets, bytes }: HistoryDay['sent']) =>
    packets === 0 ? '-' : `${packets} (${formatBytes(bytes)})`
  const waits =
    letters === null ? ['-', '-', '-'] : [String(letters.count), ...[letters.meanMs, letters.longestMs].map(duration)]
  return [date, String(contacts), amount(sent), amount(received), ...waits]
}

function duration(ms: number): string {
  if (ms < 60_000) return `${Math.round(ms / 1000)} s`
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} d`
}
