import { formatNiceness } from '@posthorn/nncp'
import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { parseNice } from '../../nice.ts'

export function raiseCommand(): Command {
  return withCommonOptions(new Command('raise'))
    .description('let a packet go before or behind others for its neighbour (posthorn stat N --packets shows them)')
    .argument('<packet>', 'its id')
    .requiredOption('--nice <niceness>', 'the lower the sooner, as 1, FLASH or PRIORITY+10', parseNice)
    .action((packet: string, options: CommonOptions & { nice: number }) =>
      runCommand(options, async ({ ask, json, output }) => {
        const raised = await ask('spool.raise', { packet, nice: options.nice })
        if (json) return output.json(raised)
        const { neighbour, before, niceness } = raised
        const [was, is] = [formatNiceness(before), formatNiceness(niceness)]
        output.say(`${packet} for ${neighbour ?? 'its neighbour'} was ${was} and is ${is} now.`)
      }),
    )
}
