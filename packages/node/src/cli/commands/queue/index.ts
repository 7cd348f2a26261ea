import { Command, InvalidArgumentError } from 'commander'
import type { QueuedLetter } from '../../../node/operations/queue-types.ts'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { formatAge, formatBytes, formatTime, table } from '../../output.ts'

export function queueCommands(): Command {
  const noun = new Command('queue').description('letters that wait for other mail systems')
  for (const verb of [listCommand(), showCommand(), retryCommand(), removeCommand()]) noun.addCommand(verb)
  return noun
}

interface WhichOptions extends CommonOptions {
  readonly gateway?: string
  readonly all?: boolean
}

function listCommand(): Command {
  return withCommonOptions(new Command('list'))
    .description('what waits, since when and why')
    .option('--gateway <name>', 'only what leaves by this one')
    .action((options: WhichOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const { gateway } = options
        const { letters, list } = await ask('queue.list', gateway === undefined ? {} : { gateway })
        if (json) return output.json({ letters, list })
        if (letters === 0) return output.say('No letter waits.')
        const rows = list.map(({ number, gateway: by, sizeBytes, since, sender, recipients, reason }) => [
          String(number),
          by,
          formatBytes(sizeBytes),
          formatAge(since),
          sender === '' ? '<>' : sender,
          recipients.length > 1 ? `${recipients[0]} and ${recipients.length - 1} more` : (recipients[0] ?? ''),
          reason ?? 'is about to leave',
        ])
        const head = ['NO', 'GATEWAY', 'SIZE', 'WAITS', 'FROM', 'TO', 'WHY']
        const more = letters > list.length ? [`and ${letters - list.length} more`] : []
        output.say([table(head, rows), ...more].join('\n'))
      }),
    )
}

function showCommand(): Command {
  return withCommonOptions(new Command('show'))
    .description('all about one letter')
    .argument('<number>', 'as shown by `queue list`', parseNumber)
    .action((number: number, options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const letter = await ask('queue.show', { number })
        if (json) output.json(letter)
        else output.say(describe(letter))
      }),
    )
}

function describe(letter: QueuedLetter): string {
  const { number, gateway, sender, recipients, messageId, sizeBytes, since, attempts, nextTry, reason } = letter
  return [
    `Letter ${number}, ${formatBytes(sizeBytes)}, for gateway ${gateway}`,
    `  message  ${messageId ?? '(no Message-ID)'}`,
    `  from     ${sender === '' ? '<> (a report)' : sender}`,
    ...recipients.map(recipient => `  to       ${recipient}`),
    `  since    ${formatTime(since)}`,
    `  tries    ${attempts}${reason === null ? '' : `; the last: ${reason}`}`,
    `  next     ${nextTry === null ? 'now' : formatTime(nextTry)}`,
  ].join('\n')
}

function retryCommand(): Command {
  const command = withCommonOptions(new Command('retry'))
    .description('try letters now instead of later')
    .argument('[number...]', 'as shown by `queue list`', parseNumbers)
    .option('--gateway <name>', 'all that leave by this one')
    .option('--all', 'all of them')
  return command.action((numbers: readonly number[] | undefined, options: WhichOptions) => {
    const which = {
      ...(numbers !== undefined && numbers.length > 0 ? { numbers } : {}),
      ...(options.gateway === undefined ? {} : { gateway: options.gateway }),
      ...(options.all === true ? { all: true } : {}),
    }
    if (Object.keys(which).length !== 1) command.error('error: say one of: numbers, --gateway NAME, --all')
    return runCommand(options, async ({ ask, json, output }) => {
      const retried = await ask('queue.retry', which)
      if (json) return output.json(retried)
      const when = retried.running ? 'are tried now' : 'are tried when the node runs'
      output.say(`${retried.letters} letters that waited for later ${when}.`)
    })
  })
}

function removeCommand(): Command {
  return withCommonOptions(new Command('remove'))
    .description('take letters out of the queue; their senders are told')
    .argument('<number...>', 'as shown by `queue list`', parseNumbers)
    .action((numbers: readonly number[], options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const { removed } = await ask('queue.remove', { numbers })
        if (json) output.json({ removed })
        else output.say(`Removed ${removed.length} letters; their senders were told.`)
      }),
    )
}

function parseNumbers(text: string, before: readonly number[] | undefined): readonly number[] {
  return [...(before ?? []), parseNumber(text)]
}

function parseNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('must be a number from the list')
  return Number(text)
}
