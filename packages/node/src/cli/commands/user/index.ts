import { Command } from 'commander'
import { addCommand } from './add.ts'
import { adminCommand } from './admin.ts'
import { appPasswordCommands } from './app-password.ts'
import { forwardCommand } from './forward.ts'
import { inviteCommand, invitesCommand, uninviteCommand } from './invite.ts'
import { quotaCommand, retentionCommand, setCommand } from './limits.ts'
import { linkCommand } from './link.ts'
import { listCommand } from './list.ts'
import { passwordCommand } from './password.ts'
import { removeCommand } from './remove.ts'
import { showCommand } from './show.ts'

export function userCommands(): Command {
  const noun = new Command('user').description('the people who live on this node')
  const verbs = [
    ...[
      addCommand(),
      adminCommand(),
      listCommand(),
      showCommand(),
      passwordCommand(),
      appPasswordCommands(),
      quotaCommand(),
    ],
    ...[retentionCommand(), setCommand(), forwardCommand(), linkCommand(), removeCommand()],
    ...[inviteCommand(), invitesCommand(), uninviteCommand()],
  ]
  for (const verb of verbs) noun.addCommand(verb)
  return noun
}
