import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium, startBrowser } from '../support/browser.ts'
import { TestNode } from '../support/node.ts'
import { type Login, WebPerson, webOf } from '../support/web-person.ts'

describe.skipIf(!hasChromium)('a browser whose node goes away and comes back', () => {
  let camp: TestNode
  let browser: Browser
  let url: string
  let alice: WebPerson
  let bobsLogin: Login
  let bob: WebPerson

  beforeAll(async () => {
    camp = await TestNode.make('camp')
    const [alices, bobs] = [await camp.addUser('alice'), await camp.addUser('bob')]
    await camp.start()
    browser = await startBrowser()
    url = await webOf(camp)
    alice = await WebPerson.signIn(browser, url, { name: 'alice', password: alices.password })
    bobsLogin = { name: 'bob', password: bobs.password }
    bob = await WebPerson.signIn(browser, url, bobsLogin)
    await alice.follow(await bob.invite())
    await alice.write('Before')
    await bob.openChat(/alice/i)
    await bob.message('Before').waitFor()
    // From now on the page opens without the node.
    await alice.page.waitForFunction('navigator.serviceWorker.controller !== null')
  })

  afterAll(async () => {
    await browser?.close()
    await camp?.remove()
  })

  it('opens while the node hangs: it takes the call and says nothing', async () => {
    const pid = camp.pid as number
    process.kill(pid, 'SIGSTOP')
    try {
      await alice.page.reload()
      await alice.page.getByRole('navigation', { name: 'Areas' }).waitFor()
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    await alice.message('Before').waitFor()
  })

  it('says so, and keeps what is written', async () => {
    await camp.end()
    await alice.page.getByText('The node does not answer.').waitFor()
    await alice.write('The first without a node')
    await alice.write('The second without a node')
    await alice.page.getByText('2 messages wait here.').waitFor()
  })

  it('opens without the node, and still has what waits', async () => {
    await alice.page.reload()
    await alice.page.getByText('Not to be seen without the node').waitFor()
    await alice.page.getByText('2 messages wait here.').waitFor()
  })

  it('sends it, in order and once, when the node is back', async () => {
    await camp.start()
    await bob.message('The second without a node').waitFor()
    const log = bob.page.getByRole('log', { name: 'Messages' })
    const said = await log.getByRole('article').filter({ hasText: 'without a node' }).allInnerTexts()
    expect(said.map(text => /The (first|second)/.exec(text)?.[1])).toEqual(['first', 'second'])
    await expect.poll(() => alice.page.getByText(/messages? waits? here/).count()).toBe(0)
  })

  it('keyboard alone: to a chat by its name, a message, and back', async () => {
    const { page } = alice
    await page.goto(url)
    await alice.button('New chat').waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('bob')
    await page.getByRole('option', { name: /bob/i }).first().waitFor()
    await page.keyboard.press('Enter')
    await alice.composer.waitFor()
    await expect.poll(() => alice.composer.evaluate(field => field === field.ownerDocument.activeElement)).toBe(true)
    await page.keyboard.type('By keys')
    await page.keyboard.press('Enter')
    await bob.message('By keys').waitFor()
    await page.keyboard.press('ArrowUp')
    await expect.poll(() => alice.composer.inputValue()).toBe('By keys')
    await page.keyboard.type(' alone')
    await page.keyboard.press('Enter')
    await bob.message('By keys alone').waitFor()
  })

  it('signing out empties the cache of the browser', async () => {
    // The app itself would answer for the node.
    const visitor = await WebPerson.signIn(browser, url, bobsLogin, { serviceWorkers: 'block' })
    const { page } = visitor
    await visitor.go('Settings')
    await page.getByRole('link', { name: 'Keyboard' }).waitFor()
    const isKept = () =>
      page.evaluate<boolean>(`fetch('${latest}', { cache: 'only-if-cached', mode: 'same-origin' }).then(
        answer => answer.ok,
        () => false,
      )`)
    const asked = await page.evaluate<string[]>("performance.getEntriesByType('resource').map(entry => entry.name)")
    const latest = asked.findLast(name => name.includes('/assets/'))
    expect(await isKept()).toBe(true)
    await page.getByRole('link', { name: 'This device' }).click()
    await visitor.button('Sign out').click()
    await visitor.dialog.getByRole('button', { name: 'Sign out' }).click()
    await visitor.button('Sign in').waitFor()
    expect(await isKept()).toBe(false)
    await visitor.leave()
  })

  it('signing out begins a new page at the start, and that one too opens without the node', async () => {
    const { page } = alice
    await page.goto(new URL('/settings/device', url).href)
    await alice.button('Sign out').click()
    await alice.dialog.getByRole('button', { name: 'Sign out' }).click()
    await alice.button('Sign in').waitFor()
    await page.waitForURL(new URL('/', url).href)
    await camp.end()
    await page.reload()
    await page.getByText('The node cannot be reached').waitFor()
  })
})
