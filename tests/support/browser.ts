/**
 * Debian's Chromium, as people use it: each visitor has a browser context of their own. Whatever a page complains of,
 * and every request to another host, is kept, so that a test can say that there was none.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const program = '/usr/bin/chromium'

/** Without it nothing is shown by a browser, which is said aloud. */
export const hasChromium = existsSync(program)
if (!hasChromium)
  console.warn('\n*** SKIPPED: chromium (Debian: chromium) is not installed: nothing is tried in a browser. ***\n')

/** Its own services are turned off: it would look for hosts that are not there. */
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
]

export function startBrowser(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: program, args: [...quiet, ...more] })
}

export interface Visit {
  readonly context: BrowserContext
  readonly page: Page
  /** What the page and its scripts complained of. */
  readonly complaints: string[]
  /** Addresses on other hosts that something asked for. */
  readonly strangers: string[]
}

/** A new person in front of the browser, who opens a page of the node at `origin`. */
export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ locale: 'en-GB', ...options })
  const page = await context.newPage()
  const seen = watch(page, new URL(url).origin)
  await page.goto(url)
  return { context, page, ...seen }
}

function watch(page: Page, origin: string): Pick<Visit, 'complaints' | 'strangers'> {
  const complaints: string[] = []
  const strangers: string[] = []
  page.on('console', message => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('request', request => {
    const { origin: other, protocol } = new URL(request.url())
    const isOwn = other === origin || protocol === 'blob:' || protocol === 'data:'
    if (!isOwn) strangers.push(request.url())
  })
  return { complaints, strangers }
}

export interface AccessibilityFault {
  readonly rule: string
  readonly impact: string
  readonly where: readonly string[]
}

/** What axe finds on the page as it stands, serious and critical findings only. What fades has no colour yet. */
export async function seriousFaults(page: Page): Promise<readonly AccessibilityFault[]> {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.evaluate(`Promise.allSettled(
    document.getAnimations()
      .filter(({ effect }) => effect.getComputedTiming().endTime < Infinity)
      .map(({ finished }) => finished)
  ).then(() => undefined)`)
  // By the debugger's own way: the page's policy lets no other script in.
  const source = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
  const { readFile } = await import('node:fs/promises')
  await page.evaluate(await readFile(source, 'utf8'))
  return page.evaluate(async () => {
    type Found = { violations: { id: string; impact: string; nodes: { target: string[] }[] }[] }
    const axe = (globalThis as unknown as { axe: { run: (options: object) => Promise<Found> } }).axe
    const { violations } = await axe.run({ resultTypes: ['violations'] })
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, impact, nodes }) => ({ rule: id, impact, where: nodes.map(({ target }) => target.join(' ')) }))
  })
}
