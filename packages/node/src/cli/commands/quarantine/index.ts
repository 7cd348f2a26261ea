import { Command, InvalidArgumentError } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { formatBytes, formatTime, table } from '../../output.ts'

export function quarantineCommands(): Command {
  const noun = new Command('quarantine').description('what could not be opened or used, with the reason')
  for (const verb of [listCommand(), retryCommand(), removeCommand()]) noun.addCommand(verb)
  return noun
}

function listCommand(): Command {
  return withCommonOptions(new Command('list'))
    .description('everything that was set aside')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const items = await ask('quarantine.list', {})
        if (json) return output.json(items)
        if (items.length === 0) return output.say('Nothing was set aside.')
        const rows = items.map(({ number, at, sizeBytes, source, name, reason }) => [
          String(number),
          formatTime(at),
          formatBytes(sizeBytes),
          source,
          name,
          reason,
        ])
        output.say(table(['NO', 'SINCE', 'SIZE', 'FROM', 'NAME', 'REASON'], rows))
      }),
    )
}

function retryCommand(): Command {
  return withCommonOptions(new Command('retry'))
    .description('try one again, when the reason why it was set aside is gone')
    .argument('<number>', 'as shown by `quarantine list`', parseNumber)
    .action((number: number, options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const retried = await ask('quarantine.retry', { number })
        if (json) return output.json(retried)
        const words = {
          done: 'was acted on now',
          queued: 'waits for its next node again',
          waiting: 'is in the inbox again; it could not be acted on yet',
          'set-aside': `was set aside again, as number ${retried.number}: ${retried.reason}`,
        }
        output.say(`The packet ${words[retried.outcome]}.`)
      }),
    )
}

function removeCommand(): Command {
  return withCommonOptions(new Command('remove'))
    .description('delete one for good')
    .argument('<number>', 'as shown by `quarantine list`', parseNumber)
    .action((number: number, options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const removed = await ask('quarantine.remove', { number })
        if (json) output.json(removed)
        else output.say(`Number ${removed.number} is deleted.`)
      }),
    )
}

function parseNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('must be a number from the list')
  return Number(text)
}
