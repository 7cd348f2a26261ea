import { resolve } from 'node:path'
import { Command } from 'commander'
import type { SyncOutcome } from '../../../node/operations/types.ts'
import { type CommonOptions, exitCodes, runCommand, withCommonOptions } from '../../command.ts'
import { amount, whyLeft } from '../../exchanges.ts'

export function syncCommand(): Command {
  return withCommonOptions(new Command('sync'))
    .description('take in what is for this node, put out what waits')
    .argument('[folder]', 'a name or a directory (default: every folder)')
    .action((folder: string | undefined, options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const named = folder === undefined ? {} : { folder: folder.includes('/') ? resolve(folder) : folder }
        const outcomes = await ask('folder.sync', named)
        output.progressDone()
        if (json) output.json(outcomes)
        else for (const outcome of outcomes) output.say(describeSync(outcome))
        if (outcomes.some(outcome => outcome.error !== undefined)) process.exitCode = exitCodes.failed
      }),
    )
}

export function describeSync(outcome: SyncOutcome): string {
  const {
    folder,
    taken,
    written,
    present,
    retired,
    duplicates,
    left,
    leftReasons,
    awaited,
    waiting,
    held,
    bad,
    error,
  } = outcome
  const lines = [
    `${folder}: took in ${amount(taken)}, put out ${amount(written)}.`,
    ...(present > 0 ? [`  ${present} were there already.`] : []),
    ...(duplicates > 0 ? [`  ${duplicates} had come before.`] : []),
    ...(retired > 0 ? [`  ${retired} copies that had arrived by other roads were cleared away.`] : []),
    ...(left > 0 ? [`  ${left} stay there: ${whyLeft(leftReasons)}.`] : []),
    ...(awaited > 0 ? [`  ${awaited} were taken by the neighbour, whose acknowledgement is still to come.`] : []),
    ...(waiting.packets > 0 ? [`  ${amount(waiting)} did not fit and still wait.`] : []),
    ...(held.packets > 0 ? [`  ${amount(held)} for paused neighbours stay here.`] : []),
    ...bad.map(({ name, reason }) => `  set aside: ${name}: ${reason}`),
    ...(error === undefined ? [] : [`  Not finished: ${error.message}`]),
  ]
  return lines.join('\n')
}
