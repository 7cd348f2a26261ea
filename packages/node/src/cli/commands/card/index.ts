import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { qrCode } from '../../output.ts'

export function cardCommands(): Command {
  const noun = new Command('card').description('what other nodes need to know of this one')
  noun.addCommand(showCommand())
  noun.addCommand(linkCommand())
  return noun
}

function showCommand(): Command {
  return withCommonOptions(new Command('show'))
    .description('the card as text; written to a file it can be added by the other node')
    .option('--nncp', 'as a stanza for the `neigh` section of a stock NNCP node')
    .action((options: CommonOptions & { nncp?: boolean }) =>
      runCommand(options, async ({ ask, json, output }) => {
        const card = await ask('card.show', {})
        if (json) output.json(card)
        else if (options.nncp === true) output.say(JSON.stringify({ [card.name]: card.nncp }, null, 2))
        else
          output.say(
            [
              `# Card of the Posthorn node ${card.name}`,
              `# id ${card.id}`,
              `# mail for …@${card.domain}`,
              card.link,
            ].join('\n'),
          )
      }),
    )
}

function linkCommand(): Command {
  return withCommonOptions(new Command('link'))
    .description('the card as one link and as a QR code')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const { link } = await ask('card.show', {})
        if (json) output.json({ link })
        else output.say(`${qrCode(link)}\n${link}`)
      }),
    )
}
