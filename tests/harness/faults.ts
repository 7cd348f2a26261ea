/** What goes wrong with nodes and roads while letters flow, from the seed. Each fault ends by putting things right. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { endProcess } from '../support/processes.ts'
import { after, Chance } from './chance.ts'
import type { Daemon } from './daemon.ts'
import { badRoad } from './roads.ts'
import type { World } from './world.ts'

export interface FaultCounts {
  kills: number
  powerCuts: number
  fullDisks: number
  frozen: number
  traced: number
  injected: number
  roadsCut: number
  roadsBad: number
}

/** Calls that fail together, and with what. Nothing of sockets and of the process itself: that is no disk. */
const failing = [
  ['fsync,fdatasync', ['EIO', 'ENOSPC']],
  ['pwrite64,pwritev,ftruncate', ['EIO', 'ENOSPC']],
  ['rename,renameat,renameat2,link,linkat', ['EIO', 'ENOSPC']],
  ['pread64', ['EIO']],
  ['openat', ['EIO', 'EMFILE', 'ENOSPC']],
  ['unlink,unlinkat,mkdir', ['EIO', 'EROFS']],
  ['getdents64,statx', ['EIO']],
] as const

type NodeFault = 'kill' | 'power cut' | 'full disk' | 'frozen' | 'failing calls'

/** Each has its turn, in an order of chance; those that are wanted more often then have another. */
const nodeFaults: readonly NodeFault[] = ['kill', 'power cut', 'full disk', 'frozen', 'failing calls']
const more: readonly NodeFault[] = ['kill', 'kill', 'power cut', 'failing calls']

const lanes = 2
const pauseMsMax = 900
const holdMsMax = 3_000

export class Faults {
  readonly counts: FaultCounts = {
    ...{ kills: 0, powerCuts: 0, fullDisks: 0, frozen: 0, traced: 0, injected: 0, roadsCut: 0, roadsBad: 0 },
  }
  readonly #world: World
  readonly #injects: boolean
  readonly #working: Promise<void>[] = []
  #going = true
  #number = 0
  #deck: NodeFault[] = []

  constructor(world: World, options: { readonly injects: boolean }) {
    this.#world = world
    this.#injects = options.injects
    world.beforeRemoval(() => this.#stopped())
  }

  /** Whether everything has gone wrong that can, at least once. On a busy machine that takes long. */
  get hadAllKinds(): boolean {
    const { traced, injected: _, ...others } = this.counts
    return Object.values(others).every(count => count > 0) && (traced > 0 || !this.#injects)
  }

  begin(): void {
    for (let lane = 0; lane < lanes; lane += 1) this.#working.push(this.#nodesGoWrong(lane))
    this.#working.push(this.#roadsGoWrong(), this.#tending())
    for (const work of this.#working) work.catch(() => {})
  }

  /** All is well again when this resolves. Rejects when a node could not be brought back. */
  async end(): Promise<void> {
    this.#going = false
    await Promise.all(this.#working)
    await this.#world.roads.heal()
    for (const daemon of this.#world.daemons) await daemon.tend()
  }

  async #stopped(): Promise<void> {
    this.#going = false
    await Promise.allSettled(this.#working)
  }

  async #tending(): Promise<void> {
    while (this.#going) {
      for (const daemon of this.#world.daemons) await daemon.tend()
      await after(200)
    }
  }

  async #roadsGoWrong(): Promise<void> {
    const chance = new Chance(this.#world.seed, 'roads')
    const { roads } = this.#world
    while (this.#going) {
      const road = chance.pick(roads.names)
      const cut = chance.happens(0.35)
      await roads.set(road, cut ? { down: true } : badRoad(chance))
      this.counts[cut ? 'roadsCut' : 'roadsBad'] += 1
      await after(chance.between(200, cut ? holdMsMax : 2 * holdMsMax))
      if (cut) await roads.set(road, {})
    }
  }

  async #nodesGoWrong(lane: number): Promise<void> {
    const chance = new Chance(this.#world.seed, `nodes ${lane}`)
    while (this.#going) {
      await after(chance.between(50, pauseMsMax))
      if (this.#deck.length === 0) this.#deck = [...chance.shuffled(nodeFaults), ...chance.shuffled(more)]
      const fault = this.#deck.shift() ?? 'kill'
      const hit = await chance.pick(this.#world.daemons).alone(daemon => this.#befall(fault, daemon, chance))
      if (!hit) this.#deck.unshift(fault)
    }
  }

  #befall(fault: NodeFault, daemon: Daemon, chance: Chance): Promise<void> {
    if (fault === 'kill') return this.#killed(daemon, chance)
    if (fault === 'power cut') return this.#powerCut(daemon, chance)
    if (fault === 'full disk') return this.#diskFull(daemon, chance)
    if (fault === 'frozen' || !this.#injects) return this.#frozen(daemon, chance)
    return this.#callsFail(daemon, chance)
  }

  async #killed(daemon: Daemon, chance: Chance): Promise<void> {
    await daemon.kill()
    this.counts.kills += 1
    if (chance.happens(0.3)) await after(chance.between(0, 1_500))
    await daemon.start()
  }

  /** What the daemon had not flushed is gone. */
  async #powerCut(daemon: Daemon, chance: Chance): Promise<void> {
    const at = await daemon.disk.cutPower(() => daemon.kill())
    this.counts.powerCuts += 1
    await after(chance.between(0, 500))
    await daemon.disk.mount(at)
    await daemon.start()
  }

  /** Sometimes it is killed then, and has to start on the full disk. */
  async #diskFull(daemon: Daemon, chance: Chance): Promise<void> {
    await daemon.disk.fill(chance.pick([0, 8_192, 200_000, 3_000_000]))
    this.counts.fullDisks += 1
    await after(chance.between(500, holdMsMax))
    const restarted = chance.happens(0.3)
    if (restarted) {
      await daemon.kill()
      this.counts.kills += 1
    }
    const starting = restarted ? daemon.start() : Promise.resolve()
    await after(chance.between(0, 1_500))
    await daemon.disk.empty()
    await starting
    await restartIfEnded(daemon)
  }

  async #frozen(daemon: Daemon, chance: Chance): Promise<void> {
    const { pid } = daemon.node
    if (pid === undefined || daemon.node.ended !== undefined) return
    process.kill(pid, 'SIGSTOP')
    this.counts.frozen += 1
    try {
      await after(chance.between(300, holdMsMax))
    } finally {
      process.kill(pid, 'SIGCONT')
    }
  }

  async #callsFail(daemon: Daemon, chance: Chance): Promise<void> {
    const { pid } = daemon.node
    const [calls, errors] = chance.pick(failing)
    const when = `when=${chance.between(1, 4)}+${chance.pick([1, 2, 5, 20])}`
    const inject = `inject=${calls}:error=${chance.pick(errors)}:${when}`
    if (pid === undefined || daemon.node.ended !== undefined) return
    this.#number += 1
    const output = join(this.#world.root, `trace-${this.#number}`)
    const args = ['-f', '-q', '-p', String(pid), '-o', output, '-e', `trace=${calls}`, '-e', inject]
    const tracer = spawn('strace', args, { stdio: 'ignore' })
    await Promise.race([after(chance.between(1_500, holdMsMax)), ended(tracer)])
    if (chance.happens(0.3)) {
      await daemon.kill()
      this.counts.kills += 1
    }
    await endProcess(tracer, 'SIGINT')
    this.counts.traced += 1
    const said = await readFile(output, 'latin1').catch(() => '')
    this.counts.injected += said.split('(INJECTED)').length - 1
    await rm(output, { force: true })
    await restartIfEnded(daemon)
  }
}

async function restartIfEnded(daemon: Daemon): Promise<void> {
  const { ended: how, pid } = daemon.node
  if (how !== undefined) daemon.ends.push(how)
  if (how !== undefined || pid === undefined) await daemon.start()
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
}
