import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { NncpConfig, PrivateIdentity } from '@posthorn/nncp'
import { Command, Option } from 'commander'
import { OperatingError } from '../../../base/errors.ts'
import { nativeSuite } from '../../../node/crypto.ts'
import { readKeysIfAny } from '../../../node/home.ts'
import { initNode, otherIdentity } from '../../../node/init.ts'
import { badConfig, readNncpFile, unsealNncp } from '../../../node/moving/nncp-file.ts'
import { previewImport } from '../../../node/moving/preview.ts'
import { checkedNncpConfig } from '../../../node/operations/moving.ts'
import type { NncpImported, NncpSpoolTaken } from '../../../node/operations/moving-types.ts'
import { type CommandContext, type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { readPassphrase } from '../../passphrase.ts'
import { describeImport } from './describe.ts'

interface ImportOptions extends CommonOptions {
  readonly name?: string
  readonly ports: 'auto' | 'usual'
  readonly passphraseStdin?: true
  /** A directory, or false for none. */
  readonly spool?: string | false
  readonly move?: true
  readonly dryRun?: true
  readonly loopback?: true
}

export interface ImportOutcome {
  readonly home: string
  readonly node: { readonly id: string; readonly name: string | null; readonly domain: string | null }
  /** `made`: a new home; `joined`: the node lived here already; `preview`: a dry run. */
  readonly outcome: 'made' | 'joined' | 'preview'
  readonly neighbours: NncpImported['neighbours']
  readonly areas: NncpImported['areas']
  readonly notes: NncpImported['notes']
  readonly spool: (NncpSpoolTaken & { readonly path: string }) | null
}

export function importCommand(): Command {
  return withCommonOptions(new Command('import'))
    .description('move an NNCP node in here: its keys, neighbours and spool')
    .argument('<file>', 'nncp.hjson, the same as an eblob, or a directory made by nncp-cfgdir')
    .option('--passphrase-stdin', 'take the passphrase of an eblob from the first line of standard input')
    .option('--spool <dir>', 'its spool (default: the one its configuration names)')
    .option('--no-spool', 'leave its spool alone')
    .option('--move', 'remove from its spool what was taken over')
    .option('--dry-run', 'show what would be done, and do nothing')
    .option('--name <name>', 'of a new node in addresses (default: from the name of this machine)')
    .addOption(
      new Option('--ports <how>', 'of a new node; auto = any free ones').choices(['auto', 'usual']).default('usual'),
    )
    .option('--loopback', 'a new node takes calls from this machine only, and announces nothing')
    .action((file: string, options: ImportOptions) =>
      runCommand(options, async context => {
        const source = await readSource(context, file, options)
        const outcome = await moveIn(context, source, options)
        context.output.progressDone()
        if (context.json) context.output.json(outcome)
        else context.output.say(describeImport(outcome, options.move === true))
      }),
    )
}

interface Source {
  readonly value: unknown
  readonly config: NncpConfig
  readonly identity: PrivateIdentity
  readonly spool: string | null
}

async function readSource(context: CommandContext, file: string, options: ImportOptions): Promise<Source> {
  const suite = nativeSuite()
  const value = await readValue(context, file, options)
  const { config } = checkedNncpConfig(suite, value)
  if (config.self === null) throw badConfig('It is a stripped one (nncp-cfgmin), without private keys.')
  const named = options.spool === false ? null : (options.spool ?? config.spool)
  if (options.spool !== undefined || named === null) {
    return { value, config, identity: config.self, spool: named === null ? null : resolve(named) }
  }
  // Its own one may be on another machine; one that was asked for must be there.
  const there = await access(named).then(
    () => true,
    () => false,
  )
  if (!there) context.output.remark(`Its spool ${named} is not here; give it with --spool DIR, now or later.`)
  return { value, config, identity: config.self, spool: there ? resolve(named) : null }
}

async function readValue(context: CommandContext, file: string, options: ImportOptions): Promise<unknown> {
  const read = await readNncpFile(file)
  if (read.kind === 'plain') return read.value
  if (options.passphraseStdin !== true && !process.stdin.isTTY) {
    const message = `${file} is sealed with a passphrase. Give it on standard input, with --passphrase-stdin.`
    throw new OperatingError(message, { code: 'no-passphrase', retry: 'never' })
  }
  const { output, signal } = context
  const passphrase = await readPassphrase({ twice: false })
  const onShare = (share: number) => output.progressShare('opening it with the passphrase', share)
  return unsealNncp(read.bytes, { suite: nativeSuite(), passphrase, signal, onShare })
}

async function moveIn(context: CommandContext, source: Source, options: ImportOptions): Promise<ImportOutcome> {
  const { home, ask } = context
  const { identity, spool } = source
  const known = await readKeysIfAny(home, nativeSuite())
  if (known !== undefined && known.id !== identity.id) throw otherIdentity(home)
  const exists = await access(home.config).then(
    () => true,
    () => false,
  )
  const dryRun = options.dryRun === true
  const config = withoutOwnKeys(source.value)
  const common = { home: home.path, node: { id: identity.id, name: null, domain: null } }
  if (dryRun && !exists) {
    const preview = { suite: nativeSuite(), id: identity.id, config, spool }
    const how = { signal: context.signal, progress: context.output.progress }
    const { imported, taken } = await previewImport(preview, how)
    return { ...common, outcome: 'preview', ...imported, spool: withPath(taken, spool) }
  }
  if (!exists) await make(context, identity, options)
  const { node } = await ask('status', {})
  const imported = await ask('nncp.import', { config, dryRun })
  const take = { dryRun, move: options.move === true }
  const taken = spool === null ? null : await ask('nncp.take-spool', { path: spool, ...take })
  const outcome = dryRun ? 'preview' : exists ? 'joined' : 'made'
  return { ...common, node, outcome, ...imported, spool: withPath(taken, spool) }
}

async function make({ home }: CommandContext, identity: PrivateIdentity, options: ImportOptions): Promise<void> {
  const name = options.name === undefined ? {} : { name: options.name }
  const loopback = options.loopback === true
  await initNode(home, { ...name, autoPorts: options.ports === 'auto', loopback, identity })
}

function withPath(taken: NncpSpoolTaken | null, path: string | null): ImportOutcome['spool'] {
  return taken === null || path === null ? null : { path, ...taken }
}

/** The node has its keys; they need not travel again. */
function withoutOwnKeys(value: unknown): unknown {
  return Object.fromEntries(Object.entries(value ?? {}).filter(([name]) => name !== 'self'))
}
