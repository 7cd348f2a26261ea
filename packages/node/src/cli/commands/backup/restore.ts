import { Command } from 'commander'
import { restoreHome } from '../../../node/backup/index.ts'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { formatBytes, formatTime } from '../../output.ts'
import { openBackup } from './backup.ts'
import type { PassphraseOptions } from './passphrase.ts'

export function restoreCommand(): Command {
  return withCommonOptions(new Command('restore'))
    .description('make a home of a backup, where there is none: the same node goes on there')
    .argument('<file>', 'the backup, or - for standard input')
    .option('--passphrase-stdin', 'take the passphrase from the first line of standard input')
    .option('--passphrase-file <path>', 'take the passphrase from the first line of a file')
    .action((file: string, options: CommonOptions & PassphraseOptions) =>
      runCommand(options, async ({ home, signal, json, output }) => {
        const { passphrase, source } = await openBackup(file, options)
        const restored = await restoreHome(home, source, { passphrase, signal, progress: output.progress })
        output.progressDone()
        if (json) return output.json(restored)
        const { node, madeAt, files, bytes } = restored
        output.say(
          [
            `Restored the node ${node.name} in ${restored.home}: ${files} files, ${formatBytes(bytes)}.`,
            `  id      ${node.id}`,
            `  domain  ${node.domain}`,
            `  as of   ${formatTime(madeAt)}; letters that came or were sent after that may be missing here`,
            'Everybody signs in to the web chat again. Scripts need new tokens (posthorn token add), people who are',
            'still to come new invites (posthorn user invite). App passwords that were taken back after that are good',
            'again: posthorn user app-password list NAME, and remove.',
            'The old one must never run again: two nodes with one identity lose letters for each other.',
            'Folders and programs of the old machine that lie outside its home are not in a backup: see posthorn.toml,',
            `posthorn folder list and posthorn handle list. Then: posthorn start --home ${restored.home}`,
          ].join('\n'),
        )
      }),
    )
}
