import { once } from 'node:events'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { abortError } from '../../../base/clock.ts'
import { messageOf, OperatingError } from '../../../base/errors.ts'
import { type BackupMade, backUp, backUpToFile, checkBackup } from '../../../node/backup/index.ts'
import { openSource } from '../../../stores/outgoing/index.ts'
import { type CommandContext, type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { formatBytes, formatTime } from '../../output.ts'
import { withTransferFile } from '../../transfer.ts'
import { type PassphraseOptions, passphraseBefore, passphraseOf } from './passphrase.ts'

type BackupOptions = CommonOptions & PassphraseOptions & { readonly check?: true }

export function backupCommand(): Command {
  return withCommonOptions(new Command('backup'))
    .description('the whole node as one file, sealed with a passphrase, while it runs')
    .argument('<file>', 'a new file, or - for standard output')
    .option('--check', 'read a backup through, and say whether it is whole')
    .option('--passphrase-stdin', 'take the passphrase from the first line of standard input')
    .option('--passphrase-file <path>', 'take the passphrase from the first line of a file')
    .action((file: string, options: BackupOptions) => {
      if (options.check === true) return runCommand(options, context => check(context, file, options))
      // What goes to standard output is the backup, and nothing else.
      const common = file === '-' ? { ...options, json: false } : options
      return runCommand(common, context => make(context, file, options))
    })
}

async function make(context: CommandContext, file: string, options: BackupOptions): Promise<void> {
  const { home, ask, output, signal, json } = context
  if (file === '-' && process.stdout.isTTY) {
    const message = 'Standard output is a terminal. Name a file, or pipe the backup to where it should go.'
    throw new OperatingError(message, { code: 'is-terminal', retry: 'never' })
  }
  // Says so when there is no node, before a passphrase is asked for.
  const { node } = await ask('status', {})
  const passphrase = await passphraseOf(options, { twice: true })
  const made = await withTransferFile(home, scratch => {
    const how = { passphrase, signal, scratch, progress: output.progress, node: { id: node.id, name: node.name } }
    return file === '-' ? backUp(home, how, toOutput(signal)) : backUpToFile(home, resolve(file), how)
  })
  output.progressDone()
  const outcome = { file: file === '-' ? '-' : resolve(file), ...made }
  if (file === '-') output.remark(options.json === true ? JSON.stringify(outcome, null, 2) : describe(outcome))
  else if (json) output.json(outcome)
  else output.say(describe(outcome))
}

/** @throws OperatingError `output-broken`: what was written is no backup then. */
function toOutput(signal: AbortSignal): (chunk: Uint8Array) => Promise<void> {
  let broken: Error | undefined
  process.stdout.on('error', error => {
    broken = error
  })
  return async chunk => {
    if (signal.aborted) throw abortError(signal)
    try {
      if (!process.stdout.write(chunk)) await once(process.stdout, 'drain', { signal })
    } catch (error) {
      broken ??= error instanceof Error ? error : new Error(messageOf(error))
    }
    if (signal.aborted) throw abortError(signal)
    if (broken === undefined) return
    throw new OperatingError(`The backup could not be written out whole: ${broken.message}. What came out is none.`, {
      code: 'output-broken',
      retry: 'later',
      cause: broken,
    })
  }
}

async function check(context: CommandContext, file: string, options: BackupOptions): Promise<void> {
  const { output, json } = context
  const { passphrase, source } = await openBackup(file, options)
  const checked = await checkBackup(source, { passphrase, progress: output.progress })
  output.progressDone()
  const outcome = { file: file === '-' ? '-' : resolve(file), whole: true, ...checked }
  if (json) output.json(outcome)
  else {
    const { node, madeAt, files, bytes } = checked
    output.say(
      `Whole: the node ${node.name} as it was ${formatTime(madeAt)}, ${files} files, ${formatBytes(bytes)}.\n` +
        `  id  ${node.id}`,
    )
  }
}

/** The backup in a file, or on standard input, and its passphrase. */
export async function openBackup(
  file: string,
  options: PassphraseOptions,
): Promise<{ readonly passphrase: Uint8Array; readonly source: AsyncIterable<Uint8Array> }> {
  if (file === '-') {
    const { passphrase, rest } = await passphraseBefore(options, process.stdin)
    return { passphrase, source: rest }
  }
  const opened = await openSource(resolve(file))
  if (opened.kind === 'folder') {
    const message = `${resolve(file)} is a folder. A backup is one file.`
    throw new OperatingError(message, { code: 'not-a-backup', retry: 'never' })
  }
  try {
    return { passphrase: await passphraseOf(options, { twice: false }), source: opened.read() }
  } catch (error) {
    await opened.close()
    throw error
  }
}

function describe({ file, node, files, bytes, leftOut }: BackupMade & { readonly file: string }): string {
  const lines = [
    `${file === '-' ? 'standard output' : file}: the node ${node.name}, ${files} files, ${formatBytes(bytes)}.`,
    'Keep it and its passphrase apart: whoever has both, is this node. Nobody can open it without the passphrase.',
  ]
  if (leftOut.length > 0) lines.push('Not in it, since they are no plain files:', ...leftOut.map(path => `  ${path}`))
  return lines.join('\n')
}
