/** What a run leaves that could not end in good order: known by a mark of whose it is, and removed by the next run. */
import { readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after } from './chance.ts'
import { running, succeeds } from './machine.ts'

export const rootPrefix = 'posthorn-harness-'
const mark = 'owner.json'
const gonePauseMs = 100
const goneTriesMax = 50

interface Owner {
  readonly pid: number
  /** Numbers of processes are given again. */
  readonly startedAt: string
  /** The same number in another container is another process. */
  readonly pids: string
}

/** The names of all network namespaces of the run in this folder begin so. */
export function namespacePrefix(root: string): string {
  return `phh-${root.slice(root.lastIndexOf(rootPrefix) + rootPrefix.length)}`
}

/** Before anything else is made in the folder. */
export async function markOwn(root: string): Promise<void> {
  await writeFile(join(root, mark), JSON.stringify(await ownerOf(process.pid)))
}

/** What runs of dead processes have left in `folder`. Answers their folders. */
export async function removeLeftovers(folder: string): Promise<string[]> {
  const removed: string[] = []
  for (const name of await readdir(folder)) {
    const root = join(folder, name)
    if (!name.startsWith(rootPrefix) || !(await isLeft(root))) continue
    await removeRun(root)
    removed.push(root)
  }
  return removed
}

async function isLeft(root: string): Promise<boolean> {
  const text = await readFile(join(root, mark), 'utf8').catch(() => '')
  // No mark, or half of one: not ours to judge.
  const owner = parsed(text)
  if (owner === undefined || owner.pids !== (await readlink('/proc/self/ns/pid'))) return false
  return (await ownerOf(owner.pid))?.startedAt !== owner.startedAt
}

function parsed(text: string): Owner | undefined {
  try {
    return JSON.parse(text) as Owner
  } catch {
    return undefined
  }
}

async function ownerOf(pid: number): Promise<Owner | undefined> {
  const startedAt = await startOf(pid)
  return startedAt === undefined ? undefined : { pid, startedAt, pids: await readlink('/proc/self/ns/pid') }
}

/** Undefined when it does not run any more, also when nobody has asked yet how it ended. */
export async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
  // The name of the program may hold blanks; after it come the third field, and the twenty-second.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? undefined : fields[19]
}

/** Its processes are those in its namespaces. */
async function removeRun(root: string): Promise<void> {
  const prefix = `${namespacePrefix(root)}-`
  const listed = await running('ip', ['netns', 'list'])
  const names = listed.split('\n').flatMap(line => line.split(' ')[0] || [])
  for (const name of names.filter(one => one.startsWith(prefix))) {
    await endWithin(name)
    await succeeds('ip', ['netns', 'del', name])
  }
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map(line => line.split(' ')[1] ?? '')
  // What was mounted over something else comes off first.
  for (const at of mounts.filter(one => one.startsWith(`${root}/`)).reverse()) await succeeds('umount', ['--lazy', at])
  await rm(root, { recursive: true, force: true })
}

async function endWithin(namespace: string): Promise<void> {
  for (let tries = 0; tries < goneTriesMax; tries += 1) {
    const pids = (await running('ip', ['netns', 'pids', namespace])).split('\n').filter(Boolean).map(Number)
    if (pids.length === 0) return
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // Gone meanwhile.
      }
    }
    await after(gonePauseMs)
  }
}
