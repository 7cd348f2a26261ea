import { Command } from 'commander'
import type { HandleShown } from '../../../node/operations/handle-types.ts'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { table } from '../../output.ts'

export function handleCommands(): Command {
  const noun = new Command('handle').description('programs that other nodes may run here by a name')
  for (const verb of [addCommand(), listCommand(), removeCommand()]) noun.addCommand(verb)
  return noun
}

interface AddOptions extends CommonOptions {
  readonly resultTo?: readonly string[]
  readonly resultFrom?: string
}

function addCommand(): Command {
  return withCommonOptions(new Command('add'))
    .description('let one neighbour run a program (for several: [exec.NAME] in posthorn.toml)')
    .argument('<neighbour>', 'its name or id')
    .argument('<handle>', 'the name that it calls it by')
    .argument('<command...>', 'the program and its own arguments; put -- before it if one begins with -')
    .option('--result-to <who...>', 'who gets its output by letter: NAME here, NAME@sender, or an address')
    .option('--result-from <address>', 'what that letter comes from')
    .action((neighbour: string, name: string, command: readonly string[], options: AddOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const { resultTo, resultFrom } = options
        const added = await ask('handle.add', {
          ...{ neighbour, name, command },
          ...(resultTo === undefined ? {} : { resultTo }),
          ...(resultFrom === undefined ? {} : { resultFrom }),
        })
        if (json) output.json(added)
        else output.say(`${added.from.join(', ')} may run ${added.command.join(' ')} here as ${added.name}.`)
      }),
    )
}

function listCommand(): Command {
  return withCommonOptions(new Command('list'))
    .description('which programs there are, and who may run them')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const handles = await ask('handle.list', {})
        if (json) return output.json(handles)
        if (handles.length === 0) return output.say('No neighbour may run a program here.')
        output.say(table(['HANDLE', 'FOR', 'SET IN', 'RESULT TO', 'COMMAND'], handles.map(rowOf)))
      }),
    )
}

function rowOf({ name, from, configured, resultTo, command }: HandleShown): string[] {
  const place = configured ? 'posthorn.toml' : 'handle add'
  return [name, from.join(' ') || 'nobody', place, resultTo.join(' ') || '-', command.join(' ')]
}

function removeCommand(): Command {
  return withCommonOptions(new Command('remove'))
    .description('take a program away from a neighbour that it was added for')
    .argument('<neighbour>', 'its name or id')
    .argument('<handle>', 'as shown by `handle list`')
    .action((neighbour: string, name: string, options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const removed = await ask('handle.remove', { neighbour, name })
        if (json) output.json(removed)
        else output.say(`${removed.neighbour} cannot run ${removed.name} here any more.`)
      }),
    )
}
