import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { parseNice } from '../../nice.ts'

interface RequestOptions extends CommonOptions {
  readonly nice?: number
  readonly replyNice?: number
}

export function requestCommand(): Command {
  return withCommonOptions(new Command('freq'))
    .description('request a file from a neighbour, as nncp-freq does')
    .argument('<neighbour>', 'its name or id')
    .argument('<source>', 'path in the folder that the neighbour has set up for this node')
    .argument('[name]', 'what it is to be called here (default: the last part of its path)')
    .option('--nice <level>', 'how urgent the request is (default: NORMAL)', parseNice)
    .option('--reply-nice <level>', 'how urgent the file is (default: BULK)', parseNice)
    .action((to: string, source: string, as: string | undefined, options: RequestOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const { nice, replyNice } = options
        const requested = await ask('file.request', {
          to,
          source,
          ...(as === undefined ? {} : { as }),
          ...(nice === undefined ? {} : { nice }),
          ...(replyNice === undefined ? {} : { replyNice }),
        })
        if (json) return output.json(requested)
        output.say(`${requested.neighbour} is asked for ${source}. If it gives it, it comes as ${requested.file}.`)
      }),
    )
}
