import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium, seriousFaults, startBrowser } from '../support/browser.ts'
import { TestNode } from '../support/node.ts'
import { noisePng } from '../support/picture.ts'
import { WebPerson, webOf } from '../support/web-person.ts'

describe.skipIf(!hasChromium)('two people of one node chat in their browsers', () => {
  let camp: TestNode
  let browser: Browser
  let alice: WebPerson
  let bob: WebPerson

  beforeAll(async () => {
    camp = await TestNode.make('camp')
    const [alices, bobs] = [await camp.addUser('alice'), await camp.addUser('bob')]
    await camp.start()
    browser = await startBrowser()
    const url = await webOf(camp)
    alice = await WebPerson.signIn(browser, url, { name: 'alice', password: alices.password })
    bob = await WebPerson.signIn(browser, url, { name: 'bob', password: bobs.password })
  })

  afterAll(async () => {
    await browser?.close()
    await camp?.remove()
  })

  it('begins with an invite link', async () => {
    await alice.follow(await bob.invite())
    await alice.write('Hello from the camp')
    await bob.openChat(/alice/i)
    await bob.message('Hello from the camp').waitFor()
    await bob.write('Hello yourself')
    await alice.message('Hello yourself').waitFor()
  })

  it('shows that a message was read when it was', async () => {
    await alice.message('Hello from the camp').getByRole('button', { name: /^Read/ }).waitFor()
  })

  it('shows what is only begun as no message', async () => {
    await alice.composer.fill('Only begun')
    const row = alice.page.getByRole('list', { name: 'Chats' }).getByRole('link', { name: /Draft/ })
    await row.waitFor()
    // What comes after it in the list is there: so would the draft be.
    await bob.write('A word between')
    await alice.message('A word between').waitFor()
    expect(await alice.message('Only begun').count()).toBe(0)
    await alice.composer.fill('')
    await row.waitFor({ state: 'detached' })
  })

  it('carries a photo both ways', async () => {
    await alice.sendPhoto(noisePng(320, 200, 7), 'A photo of the camp')
    expect(await bob.widthOfPhoto('A photo of the camp')).toBeGreaterThan(0)
    await bob.sendPhoto(noisePng(300, 220, 8), 'A photo of the hut')
    expect(await alice.widthOfPhoto('A photo of the hut')).toBeGreaterThan(0)
  })

  it('deletes a message, which does not come back as one on its way', async () => {
    await alice.write('Said too quickly')
    await bob.message('Said too quickly').waitFor()
    await alice.message('Said too quickly').click({ button: 'right' })
    await alice.page.getByRole('menuitem', { name: 'Delete' }).click()
    await alice.button('Delete for me').click()
    await alice.message('Said too quickly').waitFor({ state: 'detached' })
    await bob.write('A word after it')
    await alice.message('A word after it').waitFor()
    expect(await alice.message('Said too quickly').count()).toBe(0)
  })

  it('closes by Escape when nothing is begun in it', async () => {
    await alice.composer.fill('Begun')
    await alice.composer.press('Escape')
    expect(await alice.composer.inputValue()).toBe('Begun')
    await alice.composer.fill('')
    await alice.composer.press('Escape')
    await alice.composer.waitFor({ state: 'detached' })
    await alice.openChat(/bob/i)
  })

  it('has no serious fault of accessibility, and asks nobody else for anything', async () => {
    for (const person of [alice, bob]) {
      expect(await seriousFaults(person.page)).toEqual([])
      expect(person.strangers).toEqual([])
      expect(person.complaints).toEqual([])
    }
  })
})
