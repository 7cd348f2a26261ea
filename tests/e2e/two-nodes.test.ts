/**
 * From nothing to a chat of two nodes that only a folder joins, in two browsers: first run, pairing by link, photos
 * both ways; and at each step the page says where a message is.
 */
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium, startBrowser } from '../support/browser.ts'
import { TestNode } from '../support/node.ts'
import { noisePng } from '../support/picture.ts'
import { WebPerson, webOf } from '../support/web-person.ts'

/** Nobody listens there. */
const nowhere = 'tcp://127.0.0.1:1'

describe.skipIf(!hasChromium)('two nodes, two browsers, and a folder between them', () => {
  let place: string
  let stick: string
  let away: string
  let camp: TestNode
  let hut: TestNode
  let browser: Browser
  let alice: WebPerson
  let bob: WebPerson

  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'posthorn-two-'))
    stick = join(place, 'blue-1')
    away = join(place, 'in-a-pocket')
    await mkdir(stick)
    camp = await TestNode.make('camp')
    hut = await TestNode.make('hut')
    await Promise.all([camp.start(), hut.start()])
    browser = await startBrowser()
  })

  afterAll(async () => {
    await browser?.close()
    await Promise.all([camp?.remove(), hut?.remove()])
    await rm(place, { recursive: true, force: true })
  })

  it('sets each node up by the link that it printed', async () => {
    alice = await WebPerson.setUp(browser, camp.setUp ?? '', { name: 'alice', password: 'under the tall pine' })
    bob = await WebPerson.setUp(browser, hut.setUp ?? '', { name: 'bob', password: 'behind the old mill' })
  })

  it('pairs the nodes by a link', async () => {
    for (const person of [alice, bob]) await person.go('Network')
    await alice.button('Pair with a node').first().click()
    await alice.button('Make an invite').click()
    const link = await alice.copied(alice.button('Copy the link'))
    await bob.button('Pair with a node').first().click()
    await bob.dialog.getByRole('tab', { name: 'Join' }).click()
    await bob.dialog.getByRole('textbox', { name: 'Words or link' }).fill(link)
    await bob.dialog.getByRole('button', { name: 'Join' }).click()
    for (const [person, other] of [
      [alice, 'hut'],
      [bob, 'camp'],
    ] as const) {
      await person.page
        .getByRole('list', { name: 'Neighbours' })
        .getByRole('link', { name: new RegExp(other) })
        .waitFor()
    }
  })

  it('goes on when the line is gone, by a folder', async () => {
    const [campCard, hutCard] = await Promise.all([camp.card(), hut.card()])
    await camp.run(['neighbour', 'add', hutCard, '--addr', nowhere])
    await hut.run(['neighbour', 'add', campCard, '--addr', nowhere])
    for (const node of [camp, hut]) {
      await node.end()
      await node.start()
    }
    for (const person of [alice, bob]) {
      await person.button('Add a stick or folder').first().click()
      await person.dialog.getByRole('textbox', { name: 'Its path on the node' }).fill(stick)
      await person.dialog.getByRole('textbox', { name: 'Name' }).fill('blue-1')
      await person.dialog.getByRole('button', { name: 'Add' }).click()
      await person.page.getByText('blue-1').first().waitFor()
      await person.go('Chats')
    }
    await alice.follow(await bob.invite())
    await bob.openChat(/alice/i)
    await alice.write('By which road is this?')
    await bob.message('By which road is this?').waitFor()
  })

  it('carries a photo both ways', async () => {
    await alice.sendPhoto(noisePng(320, 200, 7), 'A photo of the camp')
    expect(await bob.widthOfPhoto('A photo of the camp')).toBeGreaterThan(0)
    await bob.sendPhoto(noisePng(300, 220, 8), 'A photo of the hut')
    expect(await alice.widthOfPhoto('A photo of the hut')).toBeGreaterThan(0)
  })

  it('says that a message waits, on which stick it is, and when it was delivered and read', async () => {
    await rename(stick, away)
    await alice.write('Where is this?')
    await alice.track('Where is this?', /^Waiting for folder blue-1/).waitFor()

    // The other node is away: what lies on the stick is taken by nobody.
    await hut.end()
    await rename(away, stick)
    await alice.track('Where is this?', /^In folder blue-1 since/).waitFor()

    await bob.leave()
    await hut.start()
    await alice.track('Where is this?', /^(At their node|In their mailbox) since/).waitFor()

    bob = await WebPerson.signIn(browser, await webOf(hut), { name: 'bob', password: 'behind the old mill' })
    await bob.openChat(/alice/i)
    await bob.message('Where is this?').waitFor()
    await alice.track('Where is this?', /^Read/).waitFor()
  })

  it('tells the whole journey when it is asked', async () => {
    await alice.track('Where is this?', /^Read/).click()
    const stations = alice.dialog
    for (const words of ['Your node took it', 'In folder blue-1', 'Read']) {
      await stations.getByText(words).first().waitFor()
    }
  })
})
