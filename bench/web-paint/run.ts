/**
 * How long a browser on a slow processor looks at nothing: first paint and first sign-in field, for a browser that was
 * never here, and for one that comes again. Of a real node, on loopback, with the processor throttled.
 *
 * npx tsx --conditions=posthorn-source bench/web-paint/run.ts [--slower 4] [--rounds 7]
 */
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { startBrowser } from '../../tests/support/browser.ts'
import { TestNode } from '../../tests/support/node.ts'
import { webOf } from '../../tests/support/web-person.ts'

const { values } = parseArgs({
  options: { slower: { type: 'string', default: '4' }, rounds: { type: 'string', default: '7' } },
})
const slower = Number(values.slower)
const rounds = Number(values.rounds)

interface Paint {
  readonly paint: number
  readonly field: number
}

async function look(page: Page, url: string): Promise<Paint> {
  const session = await page.context().newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: slower })
  await page.goto(url)
  await page.getByRole('textbox').first().waitFor()
  const field = await page.evaluate<number>('performance.now()')
  const paint = await page.evaluate<number>(
    "performance.getEntriesByName('first-contentful-paint').map(entry => entry.startTime)[0]",
  )
  await session.detach()
  return { paint, field }
}

const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
const shown = (paints: readonly Paint[]) =>
  `first paint ${Math.round(median(paints.map(({ paint }) => paint)))} ms, field ${Math.round(
    median(paints.map(({ field }) => field)),
  )} ms`

const node = await TestNode.make('bench')
const browser = await startBrowser()
try {
  await node.addUser('ann')
  await node.start()
  const url = await webOf(node)
  const first: Paint[] = []
  const again: Paint[] = []
  for (let round = 0; round < rounds; round += 1) {
    const context = await browser.newContext()
    first.push(await look(await context.newPage(), url))
    again.push(await look(await context.newPage(), url))
    await context.close()
  }
  process.stdout.write(`processor slower by ${slower}, medians of ${rounds}\n`)
  process.stdout.write(`  never here before: ${shown(first)}\n  here again:        ${shown(again)}\n`)
} finally {
  await browser.close()
  await node.remove()
}
