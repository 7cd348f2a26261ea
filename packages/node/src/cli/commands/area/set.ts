import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'

interface SetOptions extends CommonOptions {
  readonly rename?: string
  /** True: a folder of its own. */
  readonly files?: string | boolean
  readonly exec?: string[] | false
  readonly allowUnknown?: boolean
}

export function setCommand(): Command {
  return withCommonOptions(new Command('set'))
    .description('what messages of an area may do here')
    .argument('<name>', 'its name or id')
    .option('--rename <name>', 'what to call it from now on')
    .option('--files [dir]', 'take files, into this folder or into one of its own in the home')
    .option('--no-files', 'take no files')
    .option('--exec <handle...>', 'what its messages may call: sendmail is mail for the people of this node')
    .option('--no-exec', 'they may call nothing')
    .addOption(new Option('--allow-unknown', 'take messages of authors who are no neighbours'))
    .option('--no-allow-unknown', 'take messages of neighbours only')
    .action((name: string, options: SetOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const { rename, files, exec, allowUnknown } = options
        const area = await ask('area.set', {
          name,
          ...(rename === undefined ? {} : { rename }),
          ...(files === undefined ? {} : { files: typeof files === 'string' ? resolve(files) : files }),
          ...(exec === undefined ? {} : { handles: exec === false ? [] : exec }),
          ...(allowUnknown === undefined ? {} : { allowUnknown }),
        })
        if (json) output.json(area)
        else output.say(`${area.name} is changed; see it: posthorn area show ${area.name}`)
      }),
    )
}
