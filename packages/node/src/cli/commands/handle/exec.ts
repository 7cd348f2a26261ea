import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
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
    .argument('<neighbour>', 'its name or id')
    .argument('<handle>', 'the name that the program has there')
    .argument('[args...]', 'its arguments; put -- before the first if one begins with -')
    .option('--nice <niceness>', 'of the packet, as 96, FLASH or PRIORITY+10 (default: PRIORITY)', parseNice)
    .option('--reply-nice <niceness>', 'what the program is told as NNCP_NICE (default: BULK)', parseNice)
    .option('--no-compress', 'for input that is compressed already')
    .action((neighbour: string, handle: string, args: readonly string[], options: ExecOptions) =>
      runCommand(options, async ({ ask, home, json, output, signal }) => {
        const { nice, replyNice, compress } = options
        // Says so when there is no such neighbour, before input is waited for.
        await ask('neighbour.show', { name: neighbour })
        const sent = await withTransferFile(home, async path => {
          const onBytes = (bytes: number) =>
            output.progress({ phase: 'reading in', packets: 0, bytes, bytesTotal: null })
          await fill(path, process.stdin, { signal, onBytes })
          return ask('exec.send', {
            ...{ neighbour, handle, args, path, compress },
            ...(nice === undefined ? {} : { nice }),
            ...(replyNice === undefined ? {} : { replyNice }),
          })
        })
        output.progressDone()
        if (json) return output.json(sent)
        output.say(sent.packet)
        output.remark(`A packet of ${formatBytes(sent.sizeBytes)} waits for ${sent.neighbour}.`)
      }),
    )
}
