import { resolve } from 'node:path'
import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { formatTime, table } from '../../output.ts'
import { contentsCommand } from './contents.ts'
import { releaseCommand } from './release.ts'
import { syncCommand } from './sync.ts'

export function folderCommands(): Command {
  const noun = new Command('folder').description('USB sticks, Syncthing and shared folders that carry packets')
  const verbs = [addCommand(), listCommand(), syncCommand(), contentsCommand(), releaseCommand(), removeCommand()]
  for (const verb of verbs) noun.addCommand(verb)
  return noun
}

function addCommand(): Command {
  return withCommonOptions(new Command('add'))
    .description('use a folder as a road; a running node syncs it whenever it appears or changes')
    .argument('<dir>')
    .option('--name <name>', 'what to call it (default: the folder’s own name)')
    .action((dir: string, options: CommonOptions & { name?: string }) =>
      runCommand(options, async ({ ask, json, output }) => {
        const name = options.name === undefined ? {} : { name: options.name }
        const folder = await ask('folder.add', { path: resolve(dir), ...name })
        if (json) output.json(folder)
        else output.say(`${folder.name} is a road now. Exchange packets with it: posthorn folder sync ${folder.name}`)
      }),
    )
}

function listCommand(): Command {
  return withCommonOptions(new Command('list'))
    .description('all packet folders')
    .action((options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const folders = await ask('folder.list', {})
        if (json) return output.json(folders)
        if (folders.length === 0) return output.say('No packet folder yet. Add one: posthorn folder add DIR')
        const rows = folders.map(({ name, path, ready, lastSync }) => [
          name,
          ready ? 'yes' : 'no',
          formatTime(lastSync),
          path,
        ])
        output.say(table(['NAME', 'THERE', 'LAST SYNC', 'PATH'], rows))
      }),
    )
}

function removeCommand(): Command {
  return withCommonOptions(new Command('remove'))
    .description('stop using a folder; nothing in it is touched')
    .argument('<name>')
    .action((name: string, options: CommonOptions) =>
      runCommand(options, async ({ ask, json, output }) => {
        const removed = await ask('folder.remove', { name })
        if (json) output.json(removed)
        else output.say(`${removed.name} is no road any more. What lies in it was left there.`)
      }),
    )
}
