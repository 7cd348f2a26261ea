import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { readStandardInput, readTextFile } from '../../input.ts'
import { formatTime, table } from '../../output.ts'
import { addInviting } from './add.ts'
import { pairedWords } from './words.ts'

export function inviteCommands(): Command {
  const noun = withCommonOptions(new Command('invite'))
    .description('let another node become a neighbour: by a link, a QR code or six words, each good for once')
    // So that the verbs have options of their own.
    .enablePositionalOptions()
  for (const verb of [listCommand(), cancelCommand(), acceptCommand()]) noun.addCommand(verb)
  return addInviting(noun)
}

function listCommand(): Command {
  return withCommonOptions(new Command('list'))
    .description('the invites of this node')
    .action((_: CommonOptions, command: Command) =>
      runCommand(command.optsWithGlobals<CommonOptions>(), async ({ ask, json, output }) => {
        const invites = await ask('invite.list', {})
        if (json) return output.json(invites)
        if (invites.length === 0) return output.say('No invites. Make one: posthorn invite')
        const rows = invites.map(({ id, kind, state, usedBy, triesLeft, expiresAt }) => [
          id,
          kind === 'live' ? 'line' : 'file',
          usedBy === null ? state : `used by ${usedBy}`,
          String(triesLeft),
          formatTime(expiresAt),
        ])
        output.say(table(['INVITE', 'BY', 'STATE', 'TRIES LEFT', 'UNTIL'], rows))
      }),
    )
}

function cancelCommand(): Command {
  return withCommonOptions(new Command('cancel'))
    .description('nobody can join with it any more')
    .argument('<invite>', 'as `invite list` shows it: the first of its words')
    .action((id: string, _: CommonOptions, command: Command) =>
      runCommand(command.optsWithGlobals<CommonOptions>(), async ({ ask, json, output }) => {
        const cancelled = await ask('invite.cancel', { id })
        if (json) output.json(cancelled)
        else output.say(`The invite ${id} is cancelled. Who has joined with it before stays a neighbour.`)
      }),
    )
}

function acceptCommand(): Command {
  return withCommonOptions(new Command('accept'))
    .description('take in who has answered an invitation by file')
    .argument('<reply>', 'the file that came back, or - for standard input')
    .option('--name <name>', 'what to call it here')
    .action((path: string, _: CommonOptions, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { readonly name?: string }>()
      return runCommand(options, async ({ ask, json, output }) => {
        const reply = path === '-' ? await readStandardInput() : await readTextFile(path)
        const { name } = options
        const joined = await ask('invite.accept', { reply, ...(name === undefined ? {} : { name }) })
        if (json) output.json(joined)
        else output.say(pairedWords(joined))
      })
    })
}
