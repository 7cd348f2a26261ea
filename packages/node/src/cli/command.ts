/** What every command shares: the home, the way to the node, and how errors become words and exit codes. */
import type { Command } from 'commander'
import { isAbort, messageOf, OperatingError, systemCode } from '../base/errors.ts'
import { type Home, homeAt } from '../node/home.ts'
import { perform } from '../node/offline.ts'
import type { OperationName, ParamsOf, ResultOf } from '../node/operations/types.ts'
import { type Output, standardOutput } from './output.ts'

/** Done, failed, misuse. */
export const exitCodes = { done: 0, failed: 1, misuse: 2 } as const

export interface CommonOptions {
  readonly home?: string
  readonly json?: boolean
}

export interface CommandContext {
  readonly home: Home
  readonly json: boolean
  readonly output: Output
  readonly signal: AbortSignal
  /** Asks the node, running or not. */
  readonly ask: <N extends OperationName>(name: N, params: ParamsOf<N>) => Promise<ResultOf<N>>
}

/** `--home` and `--json`, as on every command. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--home <dir>', 'the node’s home (default: $POSTHORN_HOME or ~/.posthorn)')
    .option('--json', 'answer in JSON, for scripts')
}

/** Runs a command to its end and sets the exit code, of errors by `exitCodeOf`; errors become words, never a stack. */
export async function runCommand(
  options: CommonOptions,
  work: (context: CommandContext) => Promise<void>,
  exitCodeOf: (error: unknown) => number = () => exitCodes.failed,
): Promise<void> {
  const output = standardOutput()
  const interrupted = new AbortController()
  const interrupt = () => interrupted.abort()
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  try {
    const home = homeAt(options.home)
    const progress = output.progress
    await work({
      home,
      json: options.json === true,
      output,
      signal: interrupted.signal,
      ask: (name, params) => perform(home, { name, params }, { signal: interrupted.signal, progress }),
    })
  } catch (caught) {
    const error = explained(caught)
    process.exitCode = exitCodeOf(error)
    output.progressDone()
    if (options.json === true) output.json({ error: errorFacts(error) })
    output.remark(wordsFor(error))
  } finally {
    output.progressDone()
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}

/** What the operating system refuses (a read-only or foreign home) is told in its words, and is no fault of ours. */
function explained(error: unknown): unknown {
  const code = systemCode(error)
  if (code === undefined || error instanceof OperatingError || !/^E[A-Z0-9]+$/.test(code)) return error
  const message = `The operating system refused: ${messageOf(error)}.`
  return new OperatingError(message, { code: 'disk-failed', retry: 'later', cause: error })
}

function errorFacts(error: unknown): { code: string; message: string } {
  const code = error instanceof OperatingError ? error.code : isAbort(error) ? 'interrupted' : 'internal'
  return { code, message: messageOf(error) }
}

function wordsFor(error: unknown): string {
  if (error instanceof OperatingError) return `posthorn: ${error.message}`
  if (isAbort(error)) return 'posthorn: interrupted; what was done so far is kept'
  return `posthorn: unexpected fault: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
}
