import { Command } from 'commander'
import { exportCommand } from './export.ts'
import { importCommand } from './import.ts'
import { rebuildCommand } from './rebuild.ts'

export function mailCommands(): Command {
  const noun = new Command('mail').description('people’s mail as a whole: in from other programs, out to them')
  for (const verb of [importCommand(), exportCommand(), rebuildCommand()]) noun.addCommand(verb)
  return noun
}
