import { resolve } from 'node:path'
import { formatNiceness, parseNiceness } from '@posthorn/nncp'
import { Command, InvalidArgumentError } from 'commander'
import { OperatingError } from '../../../base/errors.ts'
import type { BundleWritten } from '../../../node/operations/bundle-types.ts'
import { type CommandContext, type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { amount } from '../../exchanges.ts'
import { pour, withTransferFile } from '../../transfer.ts'

interface WriteOptions extends CommonOptions {
  readonly to?: readonly string[]
  readonly nice?: number
  readonly delete?: boolean
}

export function writeCommand(): Command {
  return withCommonOptions(new Command('write'))
    .description('put out what waits as one stream, as nncp-bundle -tx does')
    .argument('<file>', 'a new file, or - for standard output')
    .option('--to <neighbour...>', 'only what waits for these (default: for everybody)')
    .option('--nice <level>', 'only what is at least this urgent: FLASH, PRIORITY, NORMAL, BULK or 1 to 255', niceness)
    .option('--delete', 'with -: let go of what nobody acknowledges, once it was written out (a FILE needs no asking)')
    .action((file: string, options: WriteOptions) => {
      // What goes to standard output is the bundle, and nothing else.
      const common = file === '-' ? { ...options, json: false } : options
      return runCommand(common, context => (file === '-' ? toOutput(context, options) : toFile(context, file, options)))
    })
}

function niceness(text: string): number {
  const value = parseNiceness(text)
  if (value === undefined) throw new InvalidArgumentError(`Say a level such as ${formatNiceness(96)}, or 1 to 255.`)
  return value
}

function limits({ to, nice }: WriteOptions) {
  return { ...(to === undefined ? {} : { to }), ...(nice === undefined ? {} : { nice }) }
}

async function toFile({ ask, json, output }: CommandContext, file: string, options: WriteOptions): Promise<void> {
  const written = await ask('bundle.write', { path: resolve(file), ...limits(options) })
  output.progressDone()
  if (json) output.json(written)
  else output.say(describe(written))
}

async function toOutput(context: CommandContext, options: WriteOptions): Promise<void> {
  const { ask, home, output, signal } = context
  if (process.stdout.isTTY) {
    const message = 'Standard output is a terminal. Name a file, or pipe the bundle to where it should go.'
    throw new OperatingError(message, { code: 'is-terminal', retry: 'never' })
  }
  // Says so when there is no node, before anything is made in its home.
  await ask('neighbour.list', {})
  const written = await withTransferFile(home, async path => {
    const held = await ask('bundle.write', { path, name: '-', hold: true, ...limits(options) })
    const { packets, bytes: bytesTotal } = held.written
    const onBytes = (bytes: number) => output.progress({ phase: 'writing out', packets, bytes, bytesTotal })
    await pour(path, process.stdout, { signal, onBytes })
    const { released } = await ask('bundle.confirm', { path, name: '-', release: options.delete === true })
    return { ...held, released }
  })
  output.remark(options.json === true ? JSON.stringify(written, null, 2) : describe(written))
}

function describe({ bundle, written, waiting }: BundleWritten): string {
  const lines = [`${bundle === '-' ? 'standard output' : bundle}: put out ${amount(written)}.`]
  if (waiting.packets > 0) lines.push(`  ${amount(waiting)} are more than one bundle holds and still wait.`)
  return lines.join('\n')
}
