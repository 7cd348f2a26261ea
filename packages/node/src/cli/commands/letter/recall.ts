import { Command } from 'commander'
import type { RecallStatus } from '../../../node/operations/letter-types.ts'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { formatTime } from '../../output.ts'

interface RecallOptions extends CommonOptions {
  readonly to?: readonly string[]
}

export function recallCommand(): Command {
  return withCommonOptions(new Command('recall'))
    .description('take a letter back; asked again, it says what is known since')
    .argument('<message-id>', 'of the letter, as its header has it')
    .option('--to <address...>', 'only for these recipients')
    .action((messageId: string, options: RecallOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const { to } = options
        const recalled = await ask('letter.recall', { messageId, ...(to !== undefined && { recipients: to }) })
        if (json) return output.json(recalled)
        output.say(recalled.recipients.map(describe).join('\n'))
      }),
    )
}

function describe(status: RecallStatus): string {
  const lines = [
    wordsFor(status),
    ...status.relays.map(relay => `relay ${relay.name ?? relay.id}: ${said(relay.answer)}`),
  ]
  const isOpen = status.state === 'asked' || status.state === 'not-asked'
  if (isOpen && status.copies.length > 0) {
    lines.push(
      `a copy lies on ${status.copies.join(', ')}: it is taken off when that comes by here, unless it arrives first`,
    )
  }
  return [status.recipient, ...lines.map(line => `  ${line}`)].join('\n')
}

function wordsFor({ state, node, answeredAt }: RecallStatus): string {
  const name = node?.name ?? node?.id ?? 'its node'
  const at = answeredAt === null ? '' : ` (heard ${formatTime(answeredAt)})`
  switch (state) {
    case 'taken-back':
      return 'not sent yet: taken back'
    case 'asked':
      return `a tombstone is on its way to ${name}; no answer has come yet`
    case 'recalled':
      return `${name} says that it does not deliver it${at}`
    case 'too-late':
      return `too late: ${name} says that it had taken it in before${at}`
    case 'refused':
      return `${name} says that it remembers too many letters of yours that were taken back, and did nothing${at}`
    case 'not-asked':
      return `${name} cannot be asked: no copy is sent from here any more, but what has left may still arrive`
    case 'here':
      return 'too late: it is in a mailbox of this node'
    case 'outside':
      return 'too late: another mail system has it, is just taking it, or may have taken it'
    case 'ended':
      return 'nothing to take back: it is not on its way any more (see `posthorn track`)'
  }
}

function said(answer: string | null): string {
  switch (answer) {
    case null:
      return 'asked to drop it; no answer yet'
    case 'dropped':
      return 'says that it dropped it'
    case 'awaited':
      return 'says that it has not come there, and is dropped when it does'
    case 'gone-on':
      return 'says that it had gone on before'
    default:
      return `says: ${answer}`
  }
}
