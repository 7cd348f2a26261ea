import { Command } from 'commander'
import { addCommand } from './add.ts'
import { listCommand } from './list.ts'
import { passwordCommand } from './password.ts'
import { removeCommand } from './remove.ts'

export function userCommands(): Command {
  const noun = new Command('user').description('the people who live on this node')
  for (const verb of [addCommand(), listCommand(), passwordCommand(), removeCommand()]) noun.addCommand(verb)
  return noun
}
