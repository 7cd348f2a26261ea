import { resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import type { FileRulesShown } from '../../../node/operations/types.ts'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { formatBytes } from '../../output.ts'
import { parseSize, parseSizeOrOff } from '../../sizes.ts'

interface SetOptions extends CommonOptions {
  readonly incoming?: string | null
  readonly reassemble?: boolean
  readonly freq?: string | null
  readonly freqChunk?: number | null
  readonly freqMinSize?: number
  readonly freqMaxSize?: number | null
}

export function setCommand(): Command {
  return withCommonOptions(new Command('set'))
    .description('what a neighbour may do with files: where they come in, what it may request; alone, shows it')
    .argument('<name>', 'its name or id')
    .option('--incoming <folder>', "where its files come in; 'default': below the home; 'off': nowhere", incoming)
    .option('--reassemble <on|off>', 'whether its chunked files are put together here (default: on)', onOrOff)
    .option('--freq <folder>', "the folder that it may request files from, or 'off'", folderOrOff)
    .option('--freq-chunk <size>', "send those in chunks of this size, or 'off'", parseSizeOrOff)
    .option('--freq-min-size <size>', 'pad packets with those up to this size', parseSize)
    .option('--freq-max-size <size>', "give no larger ones; 'off': any", parseSizeOrOff)
    .action((name: string, options: SetOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const { incoming, reassemble, freq, freqChunk, freqMinSize, freqMaxSize } = options
        const rules = await ask('neighbour.set', {
          name,
          ...(incoming === undefined ? {} : { incoming }),
          ...(reassemble === undefined ? {} : { reassemble }),
          ...(freq === undefined ? {} : { freq }),
          ...(freqChunk === undefined ? {} : { freqChunk }),
          ...(freqMinSize === undefined ? {} : { freqMinSize }),
          ...(freqMaxSize === undefined ? {} : { freqMaxSize }),
        })
        if (json) output.json(rules)
        else output.say(describe(rules))
      }),
    )
}

function folderOrOff(text: string): string | null {
  return text === 'off' ? null : resolve(text)
}

function incoming(text: string): string | null {
  return text === 'default' ? text : folderOrOff(text)
}

function onOrOff(text: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on'
  throw new InvalidArgumentError("Say 'on' or 'off'.")
}

function describe({ name, incoming, reassemble, freq, freqChunk, freqMinSize, freqMaxSize }: FileRulesShown): string {
  const size = (bytes: number | null, none: string) => (bytes === null ? none : formatBytes(bytes))
  return [
    `Name          ${name}`,
    `Its files     ${incoming ?? 'not taken'}`,
    `Chunks        ${reassemble ? 'put together' : 'left as they are'}`,
    `May request   ${freq === null ? 'nothing' : `from ${freq}`}`,
    ...(freq === null
      ? []
      : [
          `In chunks of  ${size(freqChunk, 'any size: whole')}`,
          `Padded up to  ${freqMinSize === 0 ? 'nothing' : formatBytes(freqMinSize)}`,
          `At most       ${size(freqMaxSize, 'any size')}`,
        ]),
  ].join('\n')
}
