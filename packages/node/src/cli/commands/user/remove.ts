import { Command } from 'commander'
import type { UserRemoved } from '../../../node/operations/people-types.ts'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'

interface RemoveOptions extends CommonOptions {
  readonly deleteMail?: boolean
}

export function removeCommand(): Command {
  return withCommonOptions(new Command('remove'))
    .description('remove a person; letters for them come back to their senders from then on')
    .argument('<name>')
    .option('--keep-mail', 'move their mail to mail/.removed in the home (default)')
    .option('--delete-mail', 'delete their mail for good')
    .action((name: string, options: RemoveOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const mail = options.deleteMail === true ? 'delete' : 'keep'
        const removed = await ask('user.remove', { name, mail })
        if (json) output.json(removed)
        else output.say(describe(removed, mail))
      }),
    )
}

function describe({ name, mail, sessions, aliases }: UserRemoved, what: 'keep' | 'delete'): string {
  const left = mail === null ? 'They had no mail here.' : `Their mail lies in ${mail}.`
  return [
    `${name} is removed. ${what === 'delete' ? 'Their mail is deleted.' : left}`,
    `Letters for ${name} are refused from now on, and come back to whoever writes them.`,
    ...(sessions > 0 ? [`Mail programs that were logged in were sent away: ${sessions}.`] : []),
    ...(aliases.length > 0 ? [`Taken out of these aliases, some of which may be gone: ${aliases.join(', ')}.`] : []),
  ].join('\n')
}
