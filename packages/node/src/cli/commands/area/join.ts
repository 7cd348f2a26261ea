import { Command } from 'commander'
import { OperatingError } from '../../../base/errors.ts'
import { nativeSuite } from '../../../node/crypto.ts'
import { parseAreaLink } from '../../../stores/directory/area-link.ts'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { readStandardInput, readTextFile } from '../../input.ts'

export function joinCommand(): Command {
  return withCommonOptions(new Command('join'))
    .description('take part in an area that another node made')
    .argument(
      '<link>',
      'a file with its link (or with an area of NNCP), - for standard input, or a link without secret',
    )
    .option('--name <name>', 'what to call it here; of a file with several areas, which of them')
    .option('--relay', 'only pass its messages on: its keys are not kept')
    .action((source: string, options: CommonOptions & { name?: string; relay?: true }) =>
      runCommand(options, async ({ ask, json, output }) => {
        const { name, relay } = options
        const joined = await ask('area.join', {
          source: await sourceText(source),
          ...(name === undefined ? {} : { name }),
          ...(relay === undefined ? {} : { relay }),
        })
        if (json) return output.json(joined)
        const part = joined.reads ? 'is read here' : 'is passed on here, and not read'
        output.say(
          `The area ${joined.name} ${part}; its id is ${joined.id}.\n` +
            `Say who gets its messages from here:  posthorn area subscribe ${joined.name} NODE…`,
        )
      }),
    )
}

function sourceText(source: string): Promise<string> {
  if (source === '-') return readStandardInput()
  if (!source.startsWith('posthorn-area:')) return readTextFile(source)
  if (holdsSecret(source)) {
    const message =
      'This link holds the secret of the area, and others on this machine can see what stands on command lines. ' +
      'Put it into a file, or give it to standard input: posthorn area join -'
    throw new OperatingError(message, { code: 'secret-in-arguments', retry: 'never' })
  }
  return Promise.resolve(source)
}

function holdsSecret(link: string): boolean {
  try {
    return parseAreaLink(nativeSuite(), link).keys.privateKey !== null
  } catch {
    // What is wrong with it is for the node to say.
    return false
  }
}
