/**
 * A chat of 50,000 messages in a real browser: how long until it is there, how even the frames are while somebody
 * scrolls through it, and whether what is read moves by itself.
 * Run: node tools/build.mjs && npx tsx bench/web-scroll/run.ts [messages] [times slower]
 */
import { type CDPSession, chromium, type Page } from 'playwright-core'
import { percentile, show } from '../support/figures.ts'
import { address, chatId, serve } from './node.ts'

const count = Number(process.argv[2] ?? 50_000)
const slower = Number(process.argv[3] ?? 1)
const scrollPx = 40_000
/** A quick hand on a wheel. */
const pxPerSecond = 4000

const list = '[role="log"][aria-label]'
const photo = process.env['SCREENSHOT']

/** These run in the page. */
const countFrames = `
  window.framesMs = []
  let last = performance.now()
  const tick = now => {
    framesMs.push(now - last)
    last = now
    requestAnimationFrame(tick)
  }
  requestAnimationFrame(tick)`
const mostMoved = `(async () => {
  const line = document.elementFromPoint(800, 400)?.closest('[data-row]')
  const at = line.getBoundingClientRect().top
  let most = 0
  for (let frame = 0; frame < 60; frame += 1) {
    await new Promise(requestAnimationFrame)
    most = Math.max(most, Math.abs(line.getBoundingClientRect().top - at))
  }
  return most
})()`

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, serviceWorkers: 'block' })
await serve(context, count)
const page = await context.newPage()
page.on('pageerror', error => process.stderr.write(`${error.stack ?? error.message}\n`))
const devtools = await context.newCDPSession(page)
if (slower > 1) await devtools.send('Emulation.setCPUThrottlingRate', { rate: slower })

await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
await page.goto(`${address}/`)
await page.waitForSelector('a[href^="/chat/"]')
await page.waitForTimeout(1000)
const opening = performance.now()
await page.click(`a[href="/chat/${chatId}"]`)
await page.waitForSelector('[data-message]')
show(`a chat of ${count} messages is there after`, performance.now() - opening, 'ms')
await page.waitForTimeout(1000)

await scrolled('up, from the end', scrollPx)
await page.waitForTimeout(300)
await scrolled('down again', -scrollPx / 2)
show('what is read moved by itself afterwards, at most', await drift(page), 'px')
await jumped()
await scrolled('up, in the middle', scrollPx)
show('lines that exist at once', await page.locator('[data-row]').count(), '')
show('memory of scripts', (await page.evaluate<number>('performance.memory.usedJSHeapSize')) / 1e6, 'MB')
if (photo !== undefined) await page.screenshot({ path: photo })
await browser.close()

/** Scrolls as a hand does, and tells how long the frames took. Whoever scrolls up goes a positive way. */
async function scrolled(name: string, distancePx: number): Promise<void> {
  const from = await scrollTop(page)
  await page.evaluate(countFrames)
  const before = await workMs()
  await wheel(devtools, distancePx)
  const work = (await workMs()) - before
  const frames = await page.evaluate<number[]>('framesMs.slice(2)')
  const moved = Math.abs((await scrollTop(page)) - from)
  const seconds = frames.reduce((sum, ms) => sum + ms, 0) / 1000
  process.stdout.write(`\n${name}: ${Math.round(moved)} px\n`)
  show('frames in a second', frames.length / seconds, '')
  show('a frame, the median', percentile(frames, 50), 'ms')
  show('a frame, 99 of 100', percentile(frames, 99), 'ms')
  show('the longest', Math.max(...frames), 'ms')
  show('processor time of the page for a frame of 16.7 ms', (work / seconds / 1000) * 16.7, 'ms')
}

/** Of the thread that draws the page, without what others on this machine took meanwhile. */
async function workMs(): Promise<number> {
  const { metrics } = await devtools.send('Performance.getMetrics')
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000
}

async function wheel(session: CDPSession, yDistance: number): Promise<void> {
  await session.send('Input.synthesizeScrollGesture', {
    ...{ x: 800, y: 400, xDistance: 0, yDistance, speed: pxPerSecond },
    ...{ gestureSourceType: 'mouse', preventFling: true },
  })
}

async function scrollTop(on: Page): Promise<number> {
  return await on
    .locator(list)
    .first()
    .evaluate(scroller => scroller.scrollTop)
}

/** What stands in the middle is looked at for a second: everything around it is loaded meanwhile. */
async function drift(on: Page): Promise<number> {
  return await on.evaluate<number>(mostMoved)
}

/** To a message that nobody has loaded. */
async function jumped(): Promise<void> {
  const message = Math.floor(count / 2)
  await page.evaluate(`history.pushState(null, '', '/chat/${chatId}?message=${message}')`)
  const start = performance.now()
  const target = page.locator(`[data-message="${message}"]`)
  await target.waitFor()
  show('\na message far away is shown after', performance.now() - start, 'ms')
}
