/** Other people's programs, run to their end with what they need of the environment. */
import { spawn, spawnSync } from 'node:child_process'
import type { Finished } from './node.ts'

/** Whether it can be run here. Without it nothing is proven about it, which is said aloud. */
export function installed(command: string, debianPackage: string): boolean {
  const found = spawnSync('sh', ['-c', `command -v ${command}`]).status === 0
  if (!found) console.warn(`\n*** SKIPPED: ${command} (Debian: ${debianPackage}) is not installed. ***\n`)
  return found
}

export interface RunOptions {
  readonly input?: string | Uint8Array
  readonly cwd?: string
  /** Besides PATH. */
  readonly env?: Readonly<Record<string, string>>
}

/** With a bare environment, so that no configuration of the machine has a part in it. */
function runProgram(command: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const [file = '', ...args] = command
  const env = { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8', ...options.env }
  const { cwd } = options
  const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'pipe'], ...(cwd === undefined ? {} : { cwd }) })
  return new Promise((resolve, reject) => {
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', chunk => stdout.push(chunk))
    child.stderr.on('data', chunk => stderr.push(chunk))
    child.once('error', reject)
    child.once('close', code =>
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
    )
    child.stdin.on('error', () => {})
    child.stdin.end(options.input ?? '')
  })
}

/** Runs a program and answers what it printed; throws with all it said unless it ended with 0. */
export async function succeeding(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await runProgram(command, options)
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${stderr}${stdout}`)
  return stdout
}
