import { resolve } from 'node:path'
import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { writeNewFile } from '../../new-file.ts'
import { qrCode } from '../../output.ts'

export function botCommands(): Command {
  const noun = new Command('bot').description('the node’s own account, which tells people of their letters')
  noun.addCommand(showCommand())
  return noun
}

function showCommand(): Command {
  return withCommonOptions(new Command('show'))
    .description('how to get into a chat with the node: link and QR for Delta Chat, or a vCard')
    .option('--vcard <file>', 'write the account as a vCard, which Delta Chat imports')
    .action((options: CommonOptions & { vcard?: string }) =>
      runCommand(options, async ({ ask, json, output }) => {
        const shown = await ask('bot.show', {})
        const { address, invite, vcard } = shown
        if (options.vcard !== undefined) await writeNewFile(resolve(options.vcard), async () => vcard)
        if (json) return output.json(shown)
        output.say(
          [
            `Address  ${address}`,
            '',
            'Scan this code in Delta Chat, or open the link there, to hear of your letters:',
            '',
            qrCode(invite),
            invite,
          ].join('\n'),
        )
      }),
    )
}
