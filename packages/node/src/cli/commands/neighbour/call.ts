import { Command, InvalidArgumentError } from 'commander'
import type { CallOutcome } from '../../../node/operations/types.ts'
import { type CommonOptions, exitCodes, runCommand, withCommonOptions } from '../../command.ts'
import { parseNice } from '../../nice.ts'
import { formatBytes } from '../../output.ts'

interface CallOptions extends CommonOptions {
  readonly onlineDeadline?: number
  readonly nice?: number
}

export function callCommand(): Command {
  return withCommonOptions(new Command('call'))
    .description('call a neighbour now and exchange packets (a running node does it by itself)')
    .argument('<neighbour>', 'its name or id')
    .option('--online-deadline <seconds>', 'hang up when nothing was said for so long (default: 10)', seconds)
    .option('--nice <niceness>', 'only packets that are not nicer, as 96, FLASH or PRIORITY+10', parseNice)
    .action((name: string, options: CallOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const { onlineDeadline, nice } = options
        const outcome = await ask('neighbour.call', {
          name,
          ...(onlineDeadline === undefined ? {} : { onlineDeadlineMs: onlineDeadline * 1000 }),
          ...(nice === undefined ? {} : { nicenessMax: nice }),
        })
        output.progressDone()
        if (json) output.json(outcome)
        else output.say(describe(outcome))
        if (outcome.error !== undefined) process.exitCode = exitCodes.failed
      }),
    )
}

const secondsMax = 86_400

function seconds(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= secondsMax) return value
  throw new InvalidArgumentError(`a whole number of seconds is wanted, 1 to ${secondsMax}`)
}

function describe({ neighbour, sent, received, left, error }: CallOutcome): string {
  const amount = ({ packets, bytes }: CallOutcome['sent']) =>
    `${packets} ${packets === 1 ? 'packet' : 'packets'} (${formatBytes(bytes)})`
  return [
    `${neighbour}: handed over ${amount(sent)}, took in ${amount(received)}.`,
    ...(left > 0 ? [`  ${left} were not taken and stay there; the log says why.`] : []),
    ...(error === undefined ? [] : [`  Not finished: ${error.message}`]),
  ].join('\n')
}
