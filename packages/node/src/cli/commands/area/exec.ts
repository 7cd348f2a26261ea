import { resolve } from 'node:path'
import { Command } from 'commander'
import type { AreaMessageSent } from '../../../node/operations/types.ts'
import { type CommandContext, type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { parseNice } from '../../nice.ts'
import { formatBytes } from '../../output.ts'
import { fill, withTransferFile } from '../../transfer.ts'

interface ExecOptions extends CommonOptions {
  readonly input?: string
  readonly nice?: number
}

export function execCommand(): Command {
  return withCommonOptions(new Command('exec'))
    .description('call a handle at everybody in an area')
    .argument('<area>', 'its name or id')
    .argument('<handle>')
    .argument('[args...]')
    .option('--input <file>', 'what the handle reads; - for standard input (default: nothing)')
    .option('--nice <level>', 'how urgent: FLASH, PRIORITY, NORMAL, BULK or 1 to 255 (default: PRIORITY)', parseNice)
    .action((name: string, handle: string, args: string[], options: ExecOptions) =>
      runCommand(options, async context => {
        const { input, nice } = options
        const call = { name, handle, args, ...(nice === undefined ? {} : { nice }) }
        if (input === undefined) return tell(context, await context.ask('area.exec', call))
        if (input !== '-') return tell(context, await context.ask('area.exec', { ...call, path: resolve(input) }))
        tell(context, await withInput(context, path => context.ask('area.exec', { ...call, path })))
      }),
    )
}

async function withInput<T>({ ask, home, signal }: CommandContext, work: (path: string) => Promise<T>): Promise<T> {
  // Says so when there is no node, before anything is made in its home.
  await ask('area.list', {})
  return withTransferFile(home, async path => {
    await fill(path, process.stdin, { signal, onBytes: () => {} })
    return work(path)
  })
}

function tell({ json, output }: CommandContext, sent: AreaMessageSent): void {
  output.progressDone()
  if (json) {
    output.json(sent)
    return
  }
  const nodes = sent.copies === 1 ? 'one node' : `${sent.copies} nodes`
  output.say(`Sealed for ${sent.area} (${formatBytes(sent.sizeBytes)}); it waits for ${nodes}.\n${sent.message}`)
}
