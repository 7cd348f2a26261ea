import { Command } from 'commander'
import { readCommand } from './read.ts'
import { writeCommand } from './write.ts'

export function bundleCommands(): Command {
  const noun = new Command('bundle').description('packets as one stream, for tapes, discs, pipes and broadcast')
  for (const verb of [writeCommand(), readCommand()]) noun.addCommand(verb)
  return noun
}
