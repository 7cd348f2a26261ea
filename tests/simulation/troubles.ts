/** What goes wrong and when, until the world heals. */
import type { RoadPlan } from './scenario.ts'
import type { World } from './world.ts'

const dayMs = 86_400_000
const hourMs = 3_600_000
const minuteMs = 60_000

export function scheduleTroubles(world: World): void {
  const { scenario, time } = world
  const { faults, faultDays } = scenario
  const dice = world.dice.fork('troubles')
  const times = (perDay: number, deed: () => void) => {
    for (let left = perDay * faultDays; left > 0; left -= 1) {
      time.after(Math.floor(dice.fraction() * faultDays * dayMs), () => world.healing || deed())
    }
  }
  for (const node of world.nodes) {
    Object.assign(node.trouble, { diskErrorRate: faults.diskErrorRate, slownessMs: faults.slownessMs })
    if (faults.clocksWrong && dice.chance(0.5)) {
      world.injected('clock-wrong')
      node.clock.offsetMs = dice.pick([-400, -3, 1, 40, 3000]) * dayMs + dice.between(0, dayMs)
    }
  }
  times(faults.crashesPerDay, () => {
    const node = dice.pick(world.nodes)
    if (node.plan.stores === 'memory') world.bringDown(node, 'stopped')
    else if (dice.chance(faults.powerCutShare)) world.bringDown(node, 'power')
    // In the midst of whatever it does next.
    else node.trouble.crashAfterSteps = dice.between(0, 40)
  })
  times(faults.diskFullPerDay, () => {
    const { trouble } = dice.pick(world.nodes)
    trouble.diskFull = true
    time.after(dice.between(hourMs / 60, 8 * hourMs), () => {
      trouble.diskFull = false
    })
  })
  times(faults.clockJumpsPerDay, () => {
    world.injected('clock-jump')
    const { clock } = dice.pick(world.nodes)
    clock.offsetMs += dice.pick([-365, -10, -1, 1, 10, 365, 3650]) * dayMs + dice.between(0, hourMs)
  })
  if (faults.losesHome) loseHomeLater(world)
  for (const road of scenario.roads) if (road.kind === 'line') switchLater(world, road)
}

/** A copy is made some time, and needed some time after. */
function loseHomeLater(world: World): void {
  const { time, scenario } = world
  const dice = world.dice.fork('home')
  const victims = world.nodes.filter(({ plan }) => plan.stores === 'sqlite')
  if (victims.length === 0) return
  const victim = dice.pick(victims)
  const daysMs = scenario.faultDays * dayMs
  const copiedAt = Math.floor(dice.fraction() * daysMs * 0.7)
  time.after(copiedAt, () => {
    const copy = victim.copyHome()
    const madeAtMs = time.now()
    const destroy = () => {
      if (!victim.up) time.after(hourMs, destroy)
      else void world.loseHome(victim, { copy, madeAtMs })
    }
    time.after(dice.between(minuteMs, daysMs - copiedAt), destroy)
  })
}

/**
 * Lines come for a few minutes and go again, as where somebody passes by; when all has healed, every few hours. A line
 * that holds for days would say nothing new, and each of its minutes costs what a letter costs.
 */
function switchLater(world: World, road: RoadPlan): void {
  const { time, scenario } = world
  const dice = world.dice.fork(`line ${road.number}`)
  const change = (isUp: boolean) => {
    world.switchLine(road, isUp)
    const gapMs = world.healing ? 3 * hourMs : dice.between(hourMs / 2, scenario.faults.lineGapMs)
    time.after(isUp ? dice.between(minuteMs, 20 * minuteMs) : gapMs, () => change(!isUp))
  }
  change(dice.chance(0.5))
}
