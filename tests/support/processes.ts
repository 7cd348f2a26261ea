import { type ChildProcess, spawnSync } from 'node:child_process'

/** Ends a process that a test has started, and waits until it is gone: only then its folder can be removed. */
export async function endProcess(child: ChildProcess | undefined, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise(resolve => child.once('exit', resolve))
  child.kill(signal)
  await gone
}

/** Whether a program of the system is here. Without it nothing is proven about it, which is said aloud. */
export function isInstalled(command: string, debianPackage: string): boolean {
  const { error } = spawnSync(command, ['--version'], { stdio: 'ignore' })
  if (error === undefined) return true
  console.warn(
    `\n*** SKIPPED: ${command} (Debian package ${debianPackage}) is not installed; not tested with it. ***\n`,
  )
  return false
}
