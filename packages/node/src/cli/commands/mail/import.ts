import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import type { MailImported } from '../../../node/operations/mail-types.ts'
import { type CommonOptions, exitCodes, runCommand, withCommonOptions } from '../../command.ts'

interface ImportOptions extends CommonOptions {
  readonly folder?: string
  readonly format?: 'mbox' | 'maildir' | 'eml'
}

export function importCommand(): Command {
  return withCommonOptions(new Command('import'))
    .description('bring mail of another program into a person’s mailbox; again, it doubles nothing')
    .argument('<user>')
    .argument('<source>', 'an mbox, a Maildir with its folders, an .eml file, or a folder of .mbox or .eml files')
    .option(
      '--folder <name>',
      'where it goes, its own folders below it (default: INBOX, and folders of the same names)',
    )
    .addOption(new Option('--format <format>', 'what it is (default: as it looks)').choices(['mbox', 'maildir', 'eml']))
    .action((user: string, source: string, { folder, format, ...common }: ImportOptions) =>
      runCommand(common, async ({ ask, json, output }) => {
        const more = { ...(folder === undefined ? {} : { folder }), ...(format === undefined ? {} : { format }) }
        const imported = await ask('mail.import', { user, path: resolve(source), ...more })
        output.progressDone()
        if (json) output.json(imported)
        else output.say(describe(imported))
        if (imported.skipped.length > 0) process.exitCode = exitCodes.failed
      }),
    )
}

function describe({ user, source, folders, skipped }: MailImported): string {
  const lines = [`${source} is in the mailbox of ${user}:`]
  for (const { name, taken, present, skipped: left } of folders) {
    const parts = [`${taken} taken`, `${present} there before`, ...(left > 0 ? [`${left} left out`] : [])]
    lines.push(`  ${name}: ${parts.join(', ')}`)
  }
  if (skipped.length > 0) lines.push('Left out:')
  return [...lines, ...skipped.map(({ where, reason }) => `  ${where}: ${reason}`)].join('\n')
}
