import { Command } from 'commander'
import { type CommandContext, type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { readStandardInput, readTextFile } from '../../input.ts'
import { writeNewFile } from '../../new-file.ts'
import { formatTime } from '../../output.ts'
import { pairedWords } from './words.ts'

interface JoinOptions extends CommonOptions {
  readonly addr?: string[]
  readonly name?: string
  readonly reply?: string
}

export function joinCommand(): Command {
  return withCommonOptions(new Command('join'))
    .description('become a neighbour of the node that has invited')
    .argument('<invite...>', 'its link, its six words, a file that holds it, or - for standard input')
    .option('--addr <url...>', 'where to call it: tcp://host:port')
    .option('--name <name>', 'what to call it here')
    .option('--reply <file>', 'answer an invitation that came as a file by this file')
    .action((given: string[], options: JoinOptions) =>
      runCommand(options, async context => {
        const invite = await inviteText(given)
        if (options.reply === undefined) await joinNow(context, invite, options)
        else await replyTo(context, invite, { reply: options.reply, name: options.name })
      }),
    )
}

async function joinNow({ ask, json, output }: CommandContext, invite: string, options: JoinOptions): Promise<void> {
  const { addr, name } = options
  const joined = await ask('pairing.join', {
    invite,
    ...(addr === undefined ? {} : { addr }),
    ...(name === undefined ? {} : { name }),
  })
  if (json) output.json(joined)
  else output.say(pairedWords(joined))
}

async function replyTo(
  { ask, json, output }: CommandContext,
  invitation: string,
  { reply: file, name }: { readonly reply: string; readonly name: string | undefined },
): Promise<void> {
  let said = ''
  let until: string | null = null
  await writeNewFile(file, async () => {
    const { reply, ...joined } = await ask('pairing.reply', { invitation, ...(name === undefined ? {} : { name }) })
    until = joined.expiresAt
    said = json ? JSON.stringify({ ...joined, reply: file }, null, 2) : pairedWords(joined)
    return [
      `# The answer to an invitation of the Posthorn node ${joined.name}.`,
      '# There: posthorn invite accept THIS-FILE',
      `${reply}\n`,
    ].join('\n')
  })
  if (json) output.say(said)
  else output.say(`${said}\nNow carry ${file} to it, until ${formatTime(until)}. There: posthorn invite accept ${file}`)
}

/** One argument that is neither a link nor six words is a file. */
function inviteText(given: readonly string[]): Promise<string> {
  const [first = ''] = given
  if (first === '-') return readStandardInput()
  const isFile = given.length === 1 && !first.startsWith('posthorn:') && !sixWords.test(first)
  return isFile ? readTextFile(first) : Promise.resolve(given.join(' '))
}

const sixWords = /^\s*[a-z]+([\s,-]+[a-z]+){5}\s*$/i
