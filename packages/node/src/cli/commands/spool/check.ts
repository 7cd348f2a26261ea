import { Command } from 'commander'
import type { CheckOutcome } from '../../../node/operations/spool-types.ts'
import { type CommonOptions, exitCodes, runCommand, withCommonOptions } from '../../command.ts'
import { amount } from '../../exchanges.ts'
import { formatBytes } from '../../output.ts'

export function checkCommand(): Command {
  return withCommonOptions(new Command('check'))
    .description('read every packet in the spool again, and let go of what the disk has damaged')
    .option('--anyway', 'even if so much is damaged that it looks like the wrong disk')
    .action((options: CommonOptions & { anyway?: boolean }) =>
      runCommand(options, async ({ ask, json, output }) => {
        const outcome = await ask('spool.check', options.anyway === true ? { anyway: true } : {})
        output.progressDone()
        if (json) output.json(outcome)
        else output.say(describe(outcome))
        if (outcome.damaged.length + outcome.unreadable > 0) process.exitCode = exitCodes.failed
      }),
    )
}

function describe({ packets, bytes, damaged, unreadable }: CheckOutcome): string {
  const lines = [`Read ${amount({ packets, bytes })} again.`]
  if (damaged.length + unreadable === 0) lines.push('All of it is as it came.')
  for (const { id, state, room, sizeBytes, told } of damaged) {
    const end = told ? 'its sender was told' : fates[room]
    lines.push(`  ${state}: ${id} (${formatBytes(sizeBytes)}), in the ${room}: ${end}`)
  }
  if (damaged.length > 0) lines.push('They are noted in the quarantine: posthorn quarantine list')
  if (unreadable > 0)
    lines.push(`  The disk could not read ${unreadable}; they were left as they are. Look at the disk.`)
  return lines.join('\n')
}

const fates = {
  outbox: 'nobody here sent it, so nobody was told',
  inbox: 'when it is offered again, it is taken again',
  quarantine: 'when it is offered again, it is taken again',
} as const
