import { Command } from 'commander'
import type { AreaMessageSent } from '../../../node/operations/area-types.ts'
import { areaIn } from '../../area-name.ts'
import { type CommandContext, type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { parseNice } from '../../nice.ts'
import { formatBytes } from '../../output.ts'
import { fill, withTransferFile } from '../../transfer.ts'

interface ExecOptions extends CommonOptions {
  readonly nice?: number
  readonly replyNice?: number
  readonly compress: boolean
}

export function execCommand(): Command {
  return withCommonOptions(new Command('exec'))
    .description('have another node run a program of its own, with standard input as its input, as nncp-exec does')
    .argument('<to>', 'name or id of a neighbour; area:NAME for everybody in an area')
    .argument('<handle>', 'the name that the program has there')
    .argument('[args...]', 'its arguments; put -- before the first if one begins with -')
    .option('--nice <niceness>', 'of the packet, as 96, FLASH or PRIORITY+10 (default: PRIORITY)', parseNice)
    .option('--reply-nice <niceness>', 'what the program is told as NNCP_NICE (default: BULK)', parseNice)
    .option('--no-compress', 'for input that is compressed already')
    .action((to: string, handle: string, args: readonly string[], options: ExecOptions) =>
      runCommand(options, async ({ ask, home, json, output, signal }) => {
        const { nice, replyNice, compress } = options
        const area = areaIn(to)
        // Says so when there is nobody of that name, before input is waited for.
        await (area === undefined ? ask('neighbour.show', { name: to }) : ask('area.show', { name: area }))
        const sent = await withTransferFile(home, async path => {
          const onBytes = (bytes: number) =>
            output.progress({ phase: 'reading in', packets: 0, bytes, bytesTotal: null })
          await fill(path, process.stdin, { signal, onBytes })
          const call = {
            ...{ handle, args, path, compress },
            ...(nice === undefined ? {} : { nice }),
            ...(replyNice === undefined ? {} : { replyNice }),
          }
          if (area === undefined) return ask('exec.send', { ...call, neighbour: to })
          return ask('area.exec', { ...call, name: area })
        })
        output.progressDone()
        if (json) return output.json(sent)
        if ('area' in sent) return tellOfArea(output, sent)
        output.say(sent.packet)
        output.remark(`A packet of ${formatBytes(sent.sizeBytes)} waits for ${sent.neighbour}.`)
      }),
    )
}

function tellOfArea(output: CommandContext['output'], sent: AreaMessageSent): void {
  const nodes = sent.copies === 1 ? 'one node' : `${sent.copies} nodes`
  output.say(sent.message)
  output.remark(`A message of ${formatBytes(sent.sizeBytes)} for ${sent.area} waits for ${nodes}.`)
}
