import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import type { MailExported } from '../../../node/operations/mail-types.ts'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'

interface ExportOptions extends CommonOptions {
  readonly folder?: string
  readonly format: 'mbox' | 'maildir'
}

export function exportCommand(): Command {
  return withCommonOptions(new Command('export'))
    .description('write a person’s mail into files that other programs read; nothing is written over')
    .argument('<user>')
    .argument('<target>', 'a folder; with --folder and mbox: a file that is not there yet')
    .option('--folder <name>', 'only this folder (default: all)')
    .addOption(new Option('--format <format>', 'what to write').choices(['mbox', 'maildir']).default('mbox'))
    .action((user: string, target: string, { folder, format, ...common }: ExportOptions) =>
      runCommand(common, async ({ ask, json, output }) => {
        const only = folder === undefined ? {} : { folder }
        const exported = await ask('mail.export', { user, path: resolve(target), format, ...only })
        output.progressDone()
        if (json) output.json(exported)
        else output.say(describe(exported))
      }),
    )
}

function describe({ user, folders }: MailExported): string {
  const lines = [`The mail of ${user} is written:`]
  for (const { name, path, letters, keywordsLost } of folders) {
    lines.push(`  ${name}: ${letters} messages, in ${path}`)
    if (keywordsLost.length > 0)
      lines.push(`    without these keywords, for which there is no room: ${keywordsLost.join(' ')}`)
  }
  return lines.join('\n')
}
