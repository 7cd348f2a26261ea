import { randomBytes } from 'node:crypto'
import { access, open } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { printNncpConfig } from '@posthorn/nncp'
import { Command } from 'commander'
import { OperatingError, systemCode } from '../../../base/errors.ts'
import { nativeSuite } from '../../../node/crypto.ts'
import { readKeys } from '../../../node/home.ts'
import { sealNncp } from '../../../node/moving/nncp-file.ts'
import { checkedNncpConfig } from '../../../node/operations/moving.ts'
import type { MovingNote } from '../../../node/operations/moving-types.ts'
import { type CommandContext, type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { readPassphrase } from '../../passphrase.ts'
import { describeNotes, describePut } from './describe.ts'

interface ExportOptions extends CommonOptions {
  readonly passphraseStdin?: true
  readonly spool?: string
}

const usualSpool = '/var/spool/nncp'

export function exportCommands(): Command {
  const noun = new Command('export').description('this node for another program')
  noun.addCommand(nncpCommand())
  return noun
}

function nncpCommand(): Command {
  return withCommonOptions(new Command('nncp'))
    .description('move this node to NNCP: a configuration with its keys, and a spool')
    .argument('[file]', 'a new file, or - for standard output', '-')
    .option('--passphrase-stdin', 'seal it as an eblob, with the passphrase on the first line of standard input')
    .option('--spool <dir>', 'write what waits here into this spool, a directory of your making')
    .action((file: string, options: ExportOptions) => {
      // What goes to standard output is the configuration, and nothing else.
      const common = file === '-' ? { ...options, json: false } : options
      return runCommand(common, context => moveOut(context, file, options))
    })
}

async function moveOut(context: CommandContext, file: string, options: ExportOptions): Promise<void> {
  const { ask, json, output } = context
  await refuseTarget(file)
  const passphrase = options.passphraseStdin === true ? await readPassphrase({ twice: true }) : undefined
  const spool = options.spool === undefined ? undefined : resolve(options.spool)
  const { text, notes } = await configText(context, spool ?? usualSpool)
  const bytes = passphrase === undefined ? Buffer.from(text) : await seal(context, text, passphrase)
  // The spool first: whoever has the configuration has all of it.
  const put = spool === undefined ? null : await ask('nncp.put-spool', { path: spool })
  output.progressDone()
  await write(file, bytes)
  const outcome = {
    file,
    sealed: passphrase !== undefined,
    spool: put === null ? null : { path: spool, ...put },
    notes,
  }
  if (json) return output.json(outcome)
  const words = [
    ...(file === '-' ? [] : [`${file} holds this node for NNCP${passphrase === undefined ? '' : ', sealed'}.`]),
    ...(put === null || spool === undefined ? [] : describePut(put, spool)),
    ...describeNotes('Not taken over:', notes),
    ...(passphrase === undefined ? ['The private keys of this node stand in it: whoever reads it is this node.'] : []),
    'Only one of the two programs may run with these keys: do not start this node again.',
  ]
  output.remark(words.join('\n'))
}

async function refuseTarget(file: string): Promise<void> {
  if (file === '-') {
    if (!process.stdout.isTTY) return
    const message = 'Standard output is a terminal, and private keys would stand on it. Name a file.'
    throw new OperatingError(message, { code: 'is-terminal', retry: 'never' })
  }
  const there = await access(file).then(
    () => true,
    () => false,
  )
  if (there) throw fileExists(file)
}

async function configText(
  { ask, home }: CommandContext,
  spool: string,
): Promise<{ text: string; notes: readonly MovingNote[] }> {
  const suite = nativeSuite()
  const { config: value, notes } = await ask('nncp.export', { spool, log: join(spool, 'log') })
  const { config } = checkedNncpConfig(suite, value)
  const self = await readKeys(home, suite)
  const own = { exec: { sendmail: ['/usr/sbin/sendmail'] }, incoming: null, freq: null }
  const comments = {
    '': 'A Posthorn node, for NNCP. KEEP IT SECRET: the private keys of the node stand in it.',
    neigh: 'sendmail takes letters from neighbours: name the program of your mail server.',
  }
  return { text: printNncpConfig({ ...config, self, own }, comments), notes }
}

function seal({ output, signal }: CommandContext, text: string, passphrase: Uint8Array): Promise<Uint8Array> {
  const onShare = (share: number) => output.progressShare('sealing it with the passphrase', share)
  return sealNncp(text, { suite: nativeSuite(), random: randomBytes, passphrase, signal, onShare })
}

/** Durable, for its owner only, and never over something else. */
async function write(file: string, bytes: Uint8Array): Promise<void> {
  if (file === '-') {
    process.stdout.write(bytes)
    return
  }
  const handle = await open(file, 'wx', 0o600).catch((error: unknown) => {
    throw systemCode(error) === 'EEXIST' ? fileExists(file) : error
  })
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function fileExists(file: string): OperatingError {
  return new OperatingError(`${file} is there already, and is not written over. Name another file.`, {
    code: 'file-exists',
    retry: 'never',
  })
}
