/** Programs of the machine that the harness stands on, and what of it this machine has. */
import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { namespacesPossible } from '../support/namespaces.ts'
import { installed } from '../support/programs.ts'

export const wireProgram = fileURLToPath(new URL('wire.py', import.meta.url))

/** Resolves with what it printed; rejects with what it said when it ends with anything but 0. */
export function running(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`${program} ${args.join(' ')}: ${stderr.trim() || error.message}`))
    })
  })
}

export const succeeds = (program: string, args: readonly string[]): Promise<boolean> =>
  running(program, args).then(
    () => true,
    () => false,
  )

/** Without these there is no harness at all; what is missing was said aloud. */
export function harnessPossible(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    console.warn(
      '\n*** SKIPPED: the harness needs Linux and root; nothing is proven about real daemons under faults. ***\n',
    )
    return false
  }
  const programs = [
    ['nsenter', 'util-linux'],
    ['mkfs.ext4', 'e2fsprogs'],
    ['python3', 'python3'],
    ['ip', 'iproute2'],
  ] as const
  if (!programs.map(([command, name]) => installed(command, name)).every(found => found)) return false
  return namespacesPossible && loopDevicesPossible()
}

function loopDevicesPossible(): boolean {
  const found = spawnSync('losetup', ['--find'], { encoding: 'utf8' })
  if (found.status === 0) return true
  console.warn(`\n*** SKIPPED: no loop devices here (${found.stderr.trim()}); no harness. ***\n`)
  return false
}

/** Whether system calls of a running daemon can be made to fail. Without it that fault is left out, said aloud. */
export function injectionPossible(): boolean {
  if (!installed('strace', 'strace')) return false
  const tried = spawnSync('strace', ['-f', '-e', 'trace=none', 'true'], { encoding: 'utf8' })
  if (tried.status === 0) return true
  console.warn(`\n*** SKIPPED: nothing can be traced here (${tried.stderr.trim()}); no failing system calls. ***\n`)
  return false
}
