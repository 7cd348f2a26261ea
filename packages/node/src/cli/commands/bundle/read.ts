import { resolve } from 'node:path'
import { Command } from 'commander'
import type { BundleRead } from '../../../node/operations/bundle-types.ts'
import { type CommandContext, type CommonOptions, exitCodes, runCommand, withCommonOptions } from '../../command.ts'
import { amount, whyLeft } from '../../exchanges.ts'
import { fill, withTransferFile } from '../../transfer.ts'

export function readCommand(): Command {
  return withCommonOptions(new Command('read'))
    .description('take in what is for this node out of a stream, as nncp-bundle -rx -check does')
    .argument('<file>', 'a file, or - for standard input')
    .action((file: string, options: CommonOptions) =>
      runCommand(options, async context => {
        const { json, output } = context
        const outcome =
          file === '-' ? await fromInput(context) : await context.ask('bundle.read', { path: resolve(file) })
        output.progressDone()
        if (json) output.json(outcome)
        else output.say(describe(outcome))
        if (outcome.error !== undefined) process.exitCode = exitCodes.failed
      }),
    )
}

async function fromInput({ ask, home, output, signal }: CommandContext): Promise<BundleRead> {
  // Says so when there is no node, before anything is made in its home.
  await ask('neighbour.list', {})
  return withTransferFile(home, async path => {
    const onBytes = (bytes: number) => output.progress({ phase: 'reading in', packets: 0, bytes, bytesTotal: null })
    await fill(path, process.stdin, { signal, onBytes })
    return ask('bundle.read', { path, name: '-' })
  })
}

function describe({ bundle, taken, duplicates, bad, left, leftReasons, others, error }: BundleRead): string {
  const lines = [
    `${bundle === '-' ? 'standard input' : bundle}: took in ${amount(taken)}.`,
    ...(duplicates > 0 ? [`  ${duplicates} had come before.`] : []),
    ...(others.packets > 0 ? [`  ${amount(others)} are for other nodes.`] : []),
    ...(left > 0 ? [`  ${left} were not taken in: ${whyLeft(leftReasons)}.`] : []),
    ...bad.map(({ name, reason }) => `  not what it says: ${name}: ${reason}`),
    ...(error === undefined ? [] : [`  Not finished: ${error.message}`]),
  ]
  return lines.join('\n')
}
