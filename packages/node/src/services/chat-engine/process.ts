/** The program of the engine, as a process of this node. */
import { spawn } from 'node:child_process'
import { chmod, mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Clock } from '../../base/clock.ts'
import { messageOf, systemCode } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { engineLimits } from './limits.ts'

export interface EngineProcess {
  readonly pid: number | undefined
  write(line: string): void
  /** Called with what it writes. One listener. */
  onData(listener: (chunk: Uint8Array) => void): void
  /** Resolves when it is gone, with how it ended, for people. */
  readonly ended: Promise<string>
  /** Asks it to end, and ends it when it does not. */
  stop(): Promise<void>
}

export type StartEngine = () => Promise<EngineProcess>

/** Where npm has put the program for this platform; undefined when there is none for it. */
export function installedEngine(): string | undefined {
  const require = createRequire(import.meta.url)
  const name = `@deltachat/stdio-rpc-server-${process.platform}-${process.arch}`
  try {
    const program = process.platform === 'win32' ? 'deltachat-rpc-server.exe' : 'deltachat-rpc-server'
    return join(dirname(require.resolve(`${name}/package.json`)), program)
  } catch {
    return undefined
  }
}

/**
 * @param folder is its own, made private. The program ends by itself when its standard input ends, so it does not
 * outlive a node that was killed. It is told nothing by arguments or environment but where its folder is.
 */
export function engineProgram(file: string, folder: string, { clock, log }: { clock: Clock; log: Log }): StartEngine {
  return async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await chmod(folder, 0o700)
    // Its log on standard error holds addresses; `error` keeps it short.
    const env = { DC_ACCOUNTS_PATH: join(folder, 'accounts'), RUST_LOG: 'error' }
    const child = spawn(file, [], { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] })
    const exited = new AbortController()
    const ended = new Promise<string>(resolve => {
      child.once('error', error => resolve(`could not be started: ${systemCode(error) ?? messageOf(error)}`))
      child.once('close', (code, signal) => resolve(signal === null ? `ended with ${code}` : `was ended by ${signal}`))
    }).finally(() => exited.abort())
    // What is written to one that has just ended is lost with its calls, which are told so.
    child.stdin.on('error', () => undefined)
    let saidBytes = 0
    child.stderr.on('data', (chunk: Buffer) => {
      if (saidBytes < engineLimits.errorBytesMax) log.debug('the chat engine says', { text: chunk.toString('utf8') })
      saidBytes += chunk.length
    })
    return {
      pid: child.pid,
      write: line => {
        if (child.stdin.writable) child.stdin.write(line)
      },
      onData: listener => child.stdout.on('data', listener),
      ended,
      async stop() {
        child.stdin.end()
        clock.sleep(engineLimits.graceMs, exited.signal).then(
          () => child.kill('SIGKILL'),
          () => undefined,
        )
        await ended
      },
    }
  }
}
