import { Command } from 'commander'
import type { AreaShown } from '../../../node/operations/area-types.ts'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'

export function showCommand(): Command {
  return withCommonOptions(new Command('show'))
    .description('one area, and what to pass on so that others take part in it')
    .argument('<name>', 'its name or id')
    .option('--secret', 'with the link that holds its secret key, for those who may read it')
    .option('--nncp', 'as a stanza for the configuration of a stock NNCP node')
    .action((name: string, options: CommonOptions & { secret?: true; nncp?: true }) =>
      runCommand(options, async ({ ask, json, output }) => {
        const { secret, nncp } = options
        const area = await ask('area.show', { name, ...(secret === undefined ? {} : { secret }) })
        if (json) output.json(area)
        else if (nncp === true) output.say(JSON.stringify({ areas: { [area.name]: area.nncp } }, null, 2))
        else output.say(words(area))
        if (secret === true) {
          output.remark(
            'Whoever has this secret reads everything in the area, also what was said before, and it cannot be taken ' +
              'back. Give it to members only, on a way that nobody else can read.',
          )
        }
      }),
    )
}

function words(area: AreaShown): string {
  const { name, id, reads, writes, files, handles, allowUnknown, link, secretLink } = area
  const subscribers = area.subscribers.map(one => one.name ?? `${one.id} (no neighbour)`)
  const inside = [
    `Programs      ${handles.length === 0 ? 'none' : handles.join(', ')}`,
    `Files         ${files ?? 'not taken'}`,
    `Authors       ${allowUnknown ? 'everybody, also strangers' : 'neighbours'}`,
  ]
  const part = reads ? 'read and passed on' : writes ? 'written and passed on, not read' : 'passed on'
  return [
    `Name          ${name}`,
    `Id            ${id}`,
    `Here          ${part}`,
    `Goes to       ${subscribers.length === 0 ? 'nobody' : subscribers.join(', ')}`,
    ...(reads ? inside : []),
    '',
    ...(secretLink === undefined
      ? ['# For nodes that pass its messages on and do not read them:', link]
      : ['# SECRET, for members:', secretLink]),
  ].join('\n')
}
