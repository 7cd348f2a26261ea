/** `npm run harness -- [--letters N] [--seed N] [--minutes M] [--heal-minutes M] [--keep DIR]`: the whole thing. */
import { constants } from 'node:os'
import { inspect, parseArgs } from 'node:util'
import { type HarnessReport, runHarness } from './harness.ts'
import { harnessPossible } from './machine.ts'
import type { World } from './world.ts'

const { values } = parseArgs({
  options: {
    letters: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    minutes: { type: 'string', default: '5' },
    keep: { type: 'string' },
    'heal-minutes': { type: 'string', default: '10' },
  },
})
const { letters, seed, minutes } = values

const countsOf = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ')

function rows(report: HarnessReport): [string, number | string][] {
  const { faults, frames, sticks } = report
  return [
    ['letters', `${report.letters}, to ${report.wanted} recipients, ${Math.round(report.bytes / 1e6)} MB`],
    ['killed with SIGKILL', faults.kills],
    ['power cuts', faults.powerCuts],
    ['full disks', faults.fullDisks],
    ['injected errors', `${faults.injected} in ${faults.traced} daemons`],
    ['frozen', faults.frozen],
    ['roads cut, made bad', `${faults.roadsCut}, ${faults.roadsBad}`],
    ['frames', countsOf({ ...frames })],
    ['sticks', countsOf({ ...sticks })],
    ['ended by themselves', report.ends.length === 0 ? 0 : report.ends.join(', ')],
    ['starts that failed', report.failedStarts],
    ['healed in', `${Math.round(report.healedInMs / 1000)} s`],
    ['sent again by hand', report.resent],
    ['delivered', `${report.delivered} of ${report.wanted}`],
    ['reports about strangers', report.reports],
    ['journeys', `${report.journeys}: ${countsOf(report.states)}`],
    ['lost', report.lost.length],
    ['doubled', report.doubled.length],
    ['untrue', report.untrue.length],
    ['stuck', report.stuck.length],
  ]
}

if (harnessPossible()) {
  let world: World | undefined
  let ending = false
  // Whatever is under way fails from now on, which is no news.
  const giveUp = (why: string, code: number) => {
    if (ending) return
    ending = true
    console.log(`\n${why}: no verdict. Removing everything…`)
    void (world?.remove() ?? Promise.resolve()).then(() => {
      console.log('Removed.')
      process.exit(code)
    })
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => giveUp(`Ended by ${signal}`, 128 + constants.signals[signal]))
  }
  for (const what of ['uncaughtException', 'unhandledRejection']) {
    process.on(what, error => giveUp(inspect(error), 1))
  }
  const began = Date.now()
  const report = await runHarness({
    seed: Number(seed),
    letters: Number(letters),
    faultsMs: Number(minutes) * 60_000,
    healMsMax: Number(values['heal-minutes']) * 60_000,
    keep: values.keep,
    say: line => console.log(`${String(Math.round((Date.now() - began) / 1000)).padStart(5)} s  ${line}`),
    made: made => {
      world = made
    },
  })
  console.log()
  for (const [name, value] of rows(report)) console.log(`${name.padEnd(24)} ${value}`)
  const problems = [...report.lost, ...report.doubled, ...report.untrue, ...report.stuck]
  for (const problem of problems.slice(0, 50)) console.log(`  ! ${problem}`)
  console.log(`\nAgain: npm run harness -- --letters ${letters} --seed ${seed} --minutes ${minutes}`)
  if (!ending) process.exit(problems.length === 0 ? 0 : 1)
} else process.exit(1)
