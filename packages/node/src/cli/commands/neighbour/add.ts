import { Command, Option } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { readStandardInput, readTextFile } from '../../input.ts'

interface AddOptions extends CommonOptions {
  readonly name?: string
  readonly via?: string[]
  readonly direct?: true
  readonly orVia?: string[][] | false
  readonly addr?: string[]
  readonly custody?: 'ack' | 'copy'
}

export function addCommand(): Command {
  return withCommonOptions(new Command('add'))
    .description('make another node known, by its card')
    .argument(
      '<card>',
      'a posthorn: link, a file that holds one (or a stock NNCP node’s public keys), or - for standard input',
    )
    .option('--name <name>', 'what to call it here')
    .addOption(new Option('--via <name...>', 'relays on the way to it, the nearest first').conflicts('direct'))
    .option('--direct', 'no relays on the way to it any more')
    .option(
      '--or-via <relay,relay>',
      'another road to it, for letters that were silent on the first; repeatable',
      another,
    )
    .option('--no-or-via', 'no other roads to it any more')
    .option('--addr <url...>', "where it can be called: tcp://host:port, or '|command arguments'")
    .addOption(
      new Option(
        '--custody <how>',
        'keep packets until the neighbour acknowledged them, or only until a copy was made',
      ).choices(['ack', 'copy']),
    )
    .action((card: string, options: AddOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const { name, addr, custody, orVia } = options
        const via = options.direct === true ? [] : options.via
        const added = await ask('neighbour.add', {
          card: await cardText(card),
          ...(name === undefined ? {} : { name }),
          ...(via === undefined ? {} : { via }),
          ...(orVia === undefined ? {} : { orVia: orVia === false ? [] : orVia }),
          ...(addr === undefined ? {} : { addr }),
          ...(custody === undefined ? {} : { custody }),
        })
        if (json) return output.json(added)
        const verb = added.outcome === 'added' ? 'is now a neighbour' : 'was known; its card is renewed'
        output.say(
          `${added.name} ${verb}. Write to …@${added.domain}\n` +
            `Its id is ${added.id}; compare it with what the other side sees.`,
        )
      }),
    )
}

function another(text: string, before: string[][] | undefined): string[][] {
  return [...(Array.isArray(before) ? before : []), text.split(',')]
}

function cardText(card: string): Promise<string> {
  if (card === '-') return readStandardInput()
  return card.startsWith('posthorn:') ? Promise.resolve(card) : readTextFile(card)
}
