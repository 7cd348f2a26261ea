import { Command } from 'commander'
import type { AskedShown, CheckOutcome, DatabaseChecked, MailChecked } from '../../../node/operations/spool-types.ts'
import { type CommonOptions, exitCodes, runCommand, withCommonOptions } from '../../command.ts'
import { amount } from '../../exchanges.ts'
import { formatBytes, formatTime } from '../../output.ts'

export function checkCommand(): Command {
  return withCommonOptions(new Command('check'))
    .description('read the database, the mail and every packet again, and mend or let go of what is damaged')
    .option('--anyway', 'even if so much is damaged that it looks like the wrong disk')
    .action((options: CommonOptions & { anyway?: boolean }) =>
      runCommand(options, async ({ ask, json, output }) => {
        const outcome = await ask('spool.check', options.anyway === true ? { anyway: true } : {})
        output.progressDone()
        if (json) output.json(outcome)
        else output.say(describe(outcome))
        if (isWrong(outcome)) process.exitCode = exitCodes.failed
      }),
    )
}

function isWrong({ database, mail, damaged, unreadable, asked }: CheckOutcome): boolean {
  if (asked.length > 0) return true
  return database.problems.length + mail.problems.length + damaged.length + unreadable > 0
}

function describe(outcome: CheckOutcome): string {
  const { database } = outcome
  if (database.problems.length === 0) {
    return [
      databaseWords(database),
      mailWords(outcome.mail),
      spoolWords(outcome),
      ...outcome.asked.map(askedWords),
    ].join('\n')
  }
  return [
    'The database is damaged:',
    ...database.problems.map(problem => `  ${problem}`),
    'It is repaired when the node starts the next time; one that runs starts again by itself now.',
  ].join('\n')
}

function databaseWords({ snapshot, repair }: DatabaseChecked): string {
  const copy = snapshot === null ? 'there is no copy of it yet' : `the last good copy is of ${formatTime(snapshot)}`
  const lines = [`The database is whole; ${copy}.`]
  if (repair !== null) lines.push(`It was repaired ${formatTime(repair.at)}:`, ...repair.words.map(word => `  ${word}`))
  return lines.join('\n')
}

function mailWords({ people, messages, problems }: MailChecked): string {
  const words = `Compared ${messages} messages of ${people} people with their Maildirs.`
  return [words, ...problems.map(({ user, reason }) => `  ${user}: ${reason}`)].join('\n')
}

function spoolWords({ packets, bytes, damaged, unreadable }: CheckOutcome): string {
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

const askedStates = {
  waiting: 'it is taken when it is offered again',
  asked: 'it was asked for again',
  gone: 'nobody has it any more; its sender should send the letter again',
} as const

function askedWords({ id, from, since, state }: AskedShown): string {
  return `  lost since ${formatTime(since)}: ${id}, from ${from}: ${askedStates[state]}`
}

const fates = {
  outbox: 'nobody here sent it, so nobody was told',
  inbox: 'it is asked for again, and taken when it comes',
  quarantine: 'when it is offered again, it is taken again',
} as const
