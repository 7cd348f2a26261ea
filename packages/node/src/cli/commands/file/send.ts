import { basename, resolve } from 'node:path'
import { Command } from 'commander'
import { OperatingError } from '../../../base/errors.ts'
import type { FileSent } from '../../../node/operations/types.ts'
import { type CommandContext, type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { parseNice } from '../../nice.ts'
import { formatBytes } from '../../output.ts'
import { parseSize } from '../../sizes.ts'
import { fill, withTransferFile } from '../../transfer.ts'

interface SendOptions extends CommonOptions {
  readonly as?: string
  readonly nice?: number
  readonly chunk?: number
  readonly minSize?: number
}

export function sendCommand(): Command {
  return withCommonOptions(new Command('send'))
    .description('send a file, or a folder as an archive, to a neighbour, as nncp-file does')
    .argument('<path>', 'a file, a folder, or - for standard input')
    .argument('<neighbour>', 'its name or id')
    .option('--as <name>', 'what it is to be called there, / between folders (default: its own name)')
    .option('--nice <level>', 'how urgent: FLASH, PRIORITY, NORMAL, BULK or 1 to 255 (default: BULK)', parseNice)
    .option('--chunk <size>', 'in chunks of this size, as 10M: each travels on its own', parseSize)
    .option('--min-size <size>', 'pad packets up to this size, to hide that of the file', parseSize)
    .action((path: string, neighbour: string, options: SendOptions) =>
      runCommand(options, async context => {
        const sent =
          path === '-' ? await fromInput(context, neighbour, options) : await send(context, neighbour, path, options)
        context.output.progressDone()
        if (context.json) context.output.json(sent)
        else context.output.say(describe(sent))
      }),
    )
}

function send({ ask }: CommandContext, to: string, path: string, options: SendOptions): Promise<FileSent> {
  const { nice, chunk, minSize } = options
  const full = resolve(path)
  return ask('file.send', {
    path: full,
    to,
    as: options.as ?? basename(full),
    ...(nice === undefined ? {} : { nice }),
    ...(chunk === undefined ? {} : { chunkBytes: chunk }),
    ...(minSize === undefined ? {} : { minimumSizeBytes: minSize }),
  })
}

async function fromInput(context: CommandContext, to: string, options: SendOptions): Promise<FileSent> {
  if (options.as === undefined) {
    throw new OperatingError('What comes from standard input has no name. Give it one with --as NAME.', {
      code: 'bad-file-name',
      retry: 'never',
    })
  }
  const { ask, home, output, signal } = context
  // Says so when there is no such neighbour, before all of the input is read.
  await ask('neighbour.show', { name: to })
  return withTransferFile(home, async path => {
    const onBytes = (bytes: number) => output.progress({ phase: 'reading in', packets: 0, bytes, bytesTotal: null })
    await fill(path, process.stdin, { signal, onBytes })
    return send(context, to, path, options)
  })
}

function describe({ neighbour, file, bytes, packets }: FileSent): string {
  const how = packets === 1 ? 'one packet' : `${packets} packets`
  return `${file} (${formatBytes(bytes)}) is on its way to ${neighbour}, in ${how}.`
}
