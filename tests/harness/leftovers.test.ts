/** A run that was killed with SIGKILL cannot clean up; the next one does, and leaves those that go on alone. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { endProcess } from '../support/processes.ts'
import { removeLeftovers, startOf } from './leftovers.ts'
import { harnessPossible, running } from './machine.ts'

const modules = (name: string) => JSON.stringify(new URL(name, import.meta.url).href)

interface Run {
  readonly run: ChildProcess
  readonly root: string
  /** A process in one of its namespaces, on one of its disks. */
  readonly inside: number
}

/** As far as namespaces, mounts and processes go. */
async function begin(folder: string): Promise<Run> {
  const code = `
    import { mkdtemp } from 'node:fs/promises'
    import { spawn } from 'node:child_process'
    import { join } from 'node:path'
    import { Disk } from ${modules('disk.ts')}
    import { markOwn, namespacePrefix, rootPrefix } from ${modules('leftovers.ts')}
    import { Roads } from ${modules('roads.ts')}
    const root = await mkdtemp(join(${JSON.stringify(folder)}, rootPrefix))
    await markOwn(root)
    const roads = await Roads.make(['a', 'b'], ['ab'], { prefix: namespacePrefix(root), seed: 1 })
    const at = join(root, 'a')
    const disk = await Disk.make(join(root, 'a.img'), 4 * 1024 ** 2, 'stick')
    await disk.mount(at)
    const [enter, ...within] = roads.within('a')
    const inside = spawn(enter, [...within, 'sleep', '600'], { cwd: at, stdio: 'ignore' })
    console.log(JSON.stringify({ root, inside: inside.pid }))
    setInterval(() => {}, 1000)`
  const run = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await run.stdout.setEncoding('utf8').take(1).toArray()) as string[]
  return { run, ...(JSON.parse(line ?? '') as Omit<Run, 'run'>) }
}

const namespacesOf = async (root: string) => {
  const listed = await running('ip', ['netns', 'list'])
  return listed.split('\n').filter(line => line.startsWith(`phh-${root.slice(-6)}-`))
}
const runs = async (pid: number) => (await startOf(pid)) !== undefined
const isMounted = async (root: string) => (await readFile('/proc/self/mounts', 'utf8')).includes(`${root}/`)

describe.skipIf(!harnessPossible())('what a killed run has left', () => {
  it('is removed by the next one: processes, mounts, namespaces, files; of no other run', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'posthorn-leftovers-'))
    await mkdir(join(folder, 'posthorn-harness-unmarked'))
    const killed = await begin(folder)
    const living = await begin(folder)
    onTestFinished(async () => {
      for (const { run } of [killed, living]) await endProcess(run, 'SIGKILL')
      await removeLeftovers(folder)
      await rm(folder, { recursive: true })
    })
    expect(await removeLeftovers(folder)).toEqual([])

    await endProcess(killed.run, 'SIGKILL')
    expect([await isMounted(killed.root), await runs(killed.inside)]).toEqual([true, true])
    expect(await removeLeftovers(folder)).toEqual([killed.root])
    expect(await runs(killed.inside)).toBe(false)
    expect(await isMounted(killed.root)).toBe(false)
    expect(await namespacesOf(killed.root)).toEqual([])

    expect([await isMounted(living.root), await runs(living.inside)]).toEqual([true, true])
    expect(await namespacesOf(living.root)).toHaveLength(3)
    expect((await readdir(folder)).sort()).toEqual([basename(living.root), 'posthorn-harness-unmarked'].sort())
  }, 60_000)
})
