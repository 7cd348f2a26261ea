import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'

export function pauseCommand(): Command {
  return withCommonOptions(new Command('pause'))
    .description('let nothing go to a neighbour, by any road, until it is resumed; what it brings is taken')
    .argument('<name>', 'its name or id')
    .action((name: string, options: CommonOptions) => pause(name, true, options))
}

export function resumeCommand(): Command {
  return withCommonOptions(new Command('resume'))
    .description('let what waits for a paused neighbour go')
    .argument('<name>', 'its name or id')
    .action((name: string, options: CommonOptions) => pause(name, false, options))
}

function pause(given: string, on: boolean, options: CommonOptions): Promise<void> {
  return runCommand(options, async ({ ask, json, output }) => {
    const outcome = await ask('neighbour.pause', { name: given, on })
    const { name } = outcome
    if (json) output.json(outcome)
    else if (on) output.say(`${name} is paused: what is for it waits here. Go on: posthorn neighbour resume ${name}`)
    else output.say(`${name} is not paused: what waits for it goes by the next road there is.`)
  })
}
