import { Command } from 'commander'
import { forgetCommand } from './forget.ts'
import { listCommand } from './list.ts'
import { sendCommand } from './send.ts'

export function fileCommands(): Command {
  const noun = new Command('file').description('files between neighbours')
  for (const verb of [sendCommand(), listCommand(), forgetCommand()]) noun.addCommand(verb)
  return noun
}
