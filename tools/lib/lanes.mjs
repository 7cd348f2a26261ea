/**
 * Tests in two lanes side by side, each with a loopback of its own: a port that a node of one lane left for a moment is
 * not taken by another's. Most tests wait for daemons, so that two lanes take little more than half the time.
 */
import { availableParallelism } from 'node:os'
import { capture, localTool, run } from './run.mjs'

/** Runs a command in a network namespace of its own, in which there is nothing but loopback. Needs root, and Linux. */
const alone = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'lane']

/** @returns {Promise<boolean>} */
async function canBeAlone() {
  if (availableParallelism() < 2) return false
  const [command, ...args] = [...alone, 'true']
  return (await capture(String(command), args)).code === 0
}

/**
 * Every test. The lanes share nothing but the processor; what the second says is shown when it is done.
 * @returns {Promise<number>} the exit code.
 */
export async function runAllTests() {
  const [node, vitest] = localTool('vitest')
  if (!(await canBeAlone())) return run(node, [...vitest, 'run'])
  const lane = (/** @type {number} */ number) => [...alone, node, ...vitest, 'run', `--shard=${number}/2`]
  const [command, ...args] = lane(1)
  const [beside, ...besideArgs] = lane(2)
  process.stdout.write('In two lanes; the second is shown when both are done.\n')
  const second = capture(String(beside), besideArgs)
  const code = await run(String(command), args)
  const { code: secondCode, output } = await second
  process.stdout.write(`\n== tests (vitest), second lane\n${output}`)
  return code || secondCode
}
