import { basename, resolve } from 'node:path'
import { Command } from 'commander'
import { OperatingError } from '../../../base/errors.ts'
import type { AreaMessageSent } from '../../../node/operations/area-types.ts'
import type { FileSent } from '../../../node/operations/types.ts'
import { areaIn } from '../../area-name.ts'
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
    .description('send a file, or a folder as an archive, to a neighbour or an area, as nncp-file does')
    .argument('<path>', 'a file, a folder, or - for standard input')
    .argument('<to>', 'name or id of a neighbour; area:NAME for everybody in an area')
    .option('--as <name>', 'what it is to be called there, / between folders (default: its own name)')
    .option('--nice <level>', 'how urgent: FLASH, PRIORITY, NORMAL, BULK or 1 to 255 (default: BULK)', parseNice)
    .option('--chunk <size>', 'in chunks of this size, as 10M: each travels on its own', parseSize)
    .option('--min-size <size>', 'pad packets up to this size, to hide that of the file', parseSize)
    .action((path: string, to: string, options: SendOptions) =>
      runCommand(options, async context => {
        const sent = path === '-' ? await fromInput(context, to, options) : await send(context, to, path, options)
        context.output.progressDone()
        if (context.json) context.output.json(sent)
        else context.output.say(describe(sent))
      }),
    )
}

type Sent = FileSent | AreaMessageSent

function send({ ask }: CommandContext, to: string, given: string, options: SendOptions): Promise<Sent> {
  const { nice, chunk, minSize } = options
  const path = resolve(given)
  const file = {
    path,
    as: options.as ?? basename(path),
    ...(nice === undefined ? {} : { nice }),
    ...(minSize === undefined ? {} : { minimumSizeBytes: minSize }),
  }
  const area = areaIn(to)
  if (area === undefined)
    return ask('file.send', { ...file, to, ...(chunk === undefined ? {} : { chunkBytes: chunk }) })
  if (chunk === undefined) return ask('area.send', { ...file, name: area })
  throw new OperatingError('A file for an area goes in one piece: leave out --chunk.', {
    code: 'bad-request',
    retry: 'never',
  })
}

async function fromInput(context: CommandContext, to: string, options: SendOptions): Promise<Sent> {
  if (options.as === undefined) {
    throw new OperatingError('What comes from standard input has no name. Give it one with --as NAME.', {
      code: 'bad-file-name',
      retry: 'never',
    })
  }
  const { ask, home, output, signal } = context
  // Says so when there is no such neighbour, before all of the input is read.
  const area = areaIn(to)
  await (area === undefined ? ask('neighbour.show', { name: to }) : ask('area.show', { name: area }))
  return withTransferFile(home, async path => {
    const onBytes = (bytes: number) => output.progress({ phase: 'reading in', packets: 0, bytes, bytesTotal: null })
    await fill(path, process.stdin, { signal, onBytes })
    return send(context, to, path, options)
  })
}

function describe(sent: Sent): string {
  if ('area' in sent) {
    const nodes = sent.copies === 1 ? 'one node' : `${sent.copies} nodes`
    return `It (${formatBytes(sent.sizeBytes)}) is on its way to the area ${sent.area}, by ${nodes}.`
  }
  const { neighbour, file, bytes, packets } = sent
  const how = packets === 1 ? 'one packet' : `${packets} packets`
  return `${file} (${formatBytes(bytes)}) is on its way to ${neighbour}, in ${how}.`
}
