import { Command } from 'commander'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'
import { formatBytes, formatTime, table } from '../../output.ts'

export function listCommand(): Command {
  return withCommonOptions(new Command('list'))
    .description('the files that came, the latest first, and those of which something is missing')
    .option('--limit <count>', 'at most so many of each (default: 100)', Number)
    .action((options: CommonOptions & { readonly limit?: number }) =>
      runCommand(options, async ({ ask, json, output }) => {
        const { limit } = options
        const { files, unfinished } = await ask('file.list', limit === undefined ? {} : { limit })
        if (json) return output.json({ files, unfinished })
        if (files.length + unfinished.length === 0) return output.say('No files came yet.')
        if (files.length > 0) {
          const rows = files.map(({ path, from, sizeBytes, at }) => [
            formatTime(at),
            from,
            formatBytes(sizeBytes),
            path,
          ])
          output.say(table(['CAME', 'FROM', 'SIZE', 'FILE'], rows))
        }
        if (unfinished.length > 0) {
          const rows = unfinished.map(({ file, from, chunks, chunksTotal, sizeBytes }) => [
            `${chunks} of ${chunksTotal ?? '?'}`,
            from,
            formatBytes(sizeBytes),
            file,
          ])
          output.say(table(['CHUNKS', 'FROM', 'HERE', 'UNFINISHED'], rows))
        }
      }),
    )
}
