import { Command } from 'commander'
import { loadConfig } from '../../../node/config/config.ts'
import { shortLine } from '../../../node/log.ts'
import { readLog } from '../../../node/log-file.ts'
import { type CommonOptions, runCommand, withCommonOptions } from '../../command.ts'

interface LogCommandOptions extends CommonOptions {
  readonly follow?: boolean
  readonly packet?: string
}

export function logCommand(): Command {
  return withCommonOptions(new Command('log'))
    .description('what the node has noted, the oldest first; with --json one document a line')
    .option('--follow', 'go on with what comes, until Ctrl-C')
    .option('--packet <id>', 'only what concerns this packet, or a letter by its Message-ID')
    .action((options: LogCommandOptions) =>
      runCommand(options, async ({ home, json, signal }) => {
        await loadConfig(home.config)
        const { packet, follow = false } = options
        const closed = new AbortController()
        // Whoever reads us may have had enough (`| head`).
        process.stdout.once('error', () => closed.abort())
        const stop = AbortSignal.any([signal, closed.signal])
        for await (const line of readLog(home.log, { follow, signal: stop })) {
          if (stop.aborted) return
          if (packet !== undefined && !line.includes(packet)) continue
          const words = json ? `${line}\n` : forPeople(line)
          if (!process.stdout.write(words)) await drained(stop)
        }
      }),
    )
}

/** A line that a crash has cut is passed over. */
function forPeople(line: string): string {
  try {
    return `${line.match(/"time":"(\d{4}-\d\d-\d\d)/)?.[1] ?? ''} ${shortLine(line)}`
  } catch {
    return ''
  }
}

function drained(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const end = () => {
      process.stdout.off('drain', end)
      signal.removeEventListener('abort', end)
      resolve()
    }
    process.stdout.once('drain', end)
    signal.addEventListener('abort', end, { once: true })
  })
}
