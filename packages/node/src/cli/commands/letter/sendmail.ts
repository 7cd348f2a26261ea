import { Command } from 'commander'
import { sendmailCall, wishesOfCall } from '../../../services/intake/index.ts'
import { type CommandContext, runCommand } from '../../command.ts'
import { callingUser, handOverInput } from './hand-over.ts'
import { takeSmtpInput } from './smtp-input.ts'
import { sysexitOf, sysexits } from './sysexits.ts'
import { type RawWords, rawWords } from './words.ts'

const sendmailHelp = `Usage: posthorn sendmail [--home DIR] [options of sendmail] [--] [recipient...]

Takes a letter from standard input, as /usr/sbin/sendmail does: for cron, git send-email, Exim, Postfix and scripts.

  -t             recipients stand in To, Cc and Bcc, too
  -f ADDRESS     the sender (default: whoever runs this, at the node's own domain, or, as a handle of NNCP,
                 what Return-Path says); <> is nobody
  -F NAME        name for a From field that has to be made
  -i, -oi        a line with a dot does not end the letter
  -N WHEN        tells the sender: never, or some of success,failure,delay
  -R full|hdrs   how much of the letter comes back with such a notice
  -V ID          is named in it
  -bs, -bS       SMTP on standard input, with or without answers (-bS: BSMTP)
  -bp, -bi, -q   show what waits; nothing; nothing
  --json         answer in JSON

Ends with the codes of sysexits.h: 0 taken, 64 misuse, 65 bad letter, 67 and 68 unknown recipient, 75 try again later.`

const rmailHelp = `Usage: posthorn rmail [--home DIR] recipient...

Takes a letter from standard input as UUCP's rmail does; the sender is in its first lines ("From … remote from …").`

const rsmtpHelp = `Usage: posthorn rsmtp [--home DIR]

Takes letters from standard input as a batch of SMTP commands (BSMTP), plain, as UUCP's rsmtp does.`

export function sendmailCommand(argv: readonly string[]): Command {
  return foreign('sendmail', 'take a letter from standard input, as /usr/sbin/sendmail does', () =>
    run(rawWords(argv), sendmailHelp, async (context, words) => {
      const call = sendmailCall(words)
      if ('fault' in call) return misuse(context, call.fault)
      const { mode, sender, fullName, recipients, fromHeader, dotEnds } = call
      if (mode === 'nothing') return
      if (mode === 'queue') return showQueue(context)
      if (mode === 'smtp' || mode === 'batch') return takeSmtpInput(context, { answer: mode === 'smtp' })
      if (recipients.length === 0 && !fromHeader) return misuse(context, 'Name the recipients, or say -t.')
      // A handle of NNCP gets recipients only: the sender stands in the letter.
      const wishes = wishesOfCall(call)
      if ('fault' in wishes) return misuse(context, wishes.fault)
      const from = sender ?? (process.env['NNCP_SENDER'] === undefined ? callingUser() : null)
      return handOverInput(context, { sender: from, fullName, recipients, fromHeader, dotEnds, wishes })
    }),
  )
}

export function rmailCommand(argv: readonly string[]): Command {
  return foreign('rmail', 'take a letter from standard input, as UUCP hands it over', () =>
    run(rawWords(argv), rmailHelp, async (context, words) => {
      const recipients = words.filter(word => word !== '--')
      if (recipients.length === 0) return misuse(context, 'Name the recipients.')
      const envelope = { sender: null, fullName: null, fromHeader: false, dotEnds: false, wishes: {} }
      return handOverInput(context, { ...envelope, recipients })
    }),
  )
}

export function rsmtpCommand(argv: readonly string[]): Command {
  return foreign('rsmtp', 'take letters from standard input as a batch of SMTP commands (BSMTP)', () =>
    run(rawWords(argv), rsmtpHelp, context => takeSmtpInput(context, { answer: false })),
  )
}

/** A command whose arguments are none of ours: they are read from `argv` in the order in which they were given. */
function foreign(name: string, description: string, action: () => Promise<void>): Command {
  return new Command(name)
    .description(description)
    .argument('[words...]')
    .allowUnknownOption()
    .helpOption(false)
    .action(action)
}

function run(
  { home, json, help, words }: RawWords,
  helpText: string,
  work: (context: CommandContext, words: readonly string[]) => Promise<void>,
): Promise<void> {
  const options = { json, ...(home === undefined ? {} : { home }) }
  return runCommand(options, async context => (help ? context.output.say(helpText) : work(context, words)), sysexitOf)
}

function misuse({ output }: CommandContext, fault: string): void {
  output.remark(`posthorn sendmail: ${fault} \`posthorn sendmail --help\` shows what can be said.`)
  process.exitCode = sysexits.usage
}

/** What waits to leave this node, by neighbour. */
async function showQueue({ ask, json, output }: CommandContext): Promise<void> {
  const { neighbours } = await ask('status', {})
  const waiting = neighbours.filter(({ queued }) => queued.packets > 0)
  if (json) return output.json(waiting.map(({ name, queued }) => ({ name, ...queued })))
  if (waiting.length === 0) return output.say('Mail queue is empty')
  for (const { name, queued } of waiting) output.say(`${queued.packets} packets (${queued.bytes} bytes) for ${name}`)
}
