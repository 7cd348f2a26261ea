/**
 * Each main view, light and dark, on a desk and on a phone: it can be used by a screen reader, fits, asks nobody else
 * for anything and complains of nothing. `npm run screenshots` keeps what is seen for the guide.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium, seriousFaults, startBrowser, visit } from '../support/browser.ts'
import { settled, tooWide } from '../support/looks.ts'
import { makeSmallWorld, type SmallWorld, toBob } from '../support/small-world.ts'
import { WebPerson, webOf } from '../support/web-person.ts'

const sizes = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } } as const
const narrowest = { width: 360, height: 640 }
const schemes = ['light', 'dark'] as const
const pictures = fileURLToPath(new URL('../../docs/guide/images/', import.meta.url))

describe.skipIf(!hasChromium)('each main view', () => {
  let world: SmallWorld
  let browser: Browser
  let url: string
  let alice: WebPerson
  /** Pictures that the guide may show, and the others. */
  let folder: string
  let unshown: string
  const kept = process.env['POSTHORN_SCREENSHOTS'] === '1'

  beforeAll(async () => {
    unshown = await mkdtemp(join(tmpdir(), 'posthorn-pictures-'))
    folder = kept ? pictures : unshown
    await mkdir(folder, { recursive: true })
    world = await makeSmallWorld()
    browser = await startBrowser()
    url = await webOf(world.camp)
    const login = { name: 'alice', password: world.password }
    alice = await WebPerson.signIn(browser, url, login, { reducedMotion: 'reduce' })
  })

  afterAll(async () => {
    await browser?.close()
    await world?.remove()
    if (unshown !== undefined) await rm(unshown, { recursive: true, force: true })
  })

  /** What it looks like, and that nothing is wrong with it. */
  async function look(page: Page, name: string, isShown = true): Promise<void> {
    const faults: unknown[] = []
    await page.mouse.move(0, 0)
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport)
      for (const scheme of schemes) {
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
        await settled(page, world.place)
        const path = join(isShown ? folder : unshown, `${name}-${scheme}-${size}.jpeg`)
        await page.screenshot({ path, type: 'jpeg', quality: 70 })
        const found = await seriousFaults(page)
        if (found.length > 0) faults.push({ scheme, size, found })
      }
    }
    for (const viewport of [sizes.phone, narrowest]) {
      await page.setViewportSize(viewport)
      await settled(page, world.place)
      const wide = await tooWide(page)
      if (wide.length > 0) faults.push({ width: viewport.width, wide })
    }
    await page.setViewportSize(sizes.desktop)
    expect(faults).toEqual([])
  }

  /** A page of the app, of Alice. */
  async function at(path: string): Promise<Page> {
    await alice.page.goto(new URL(path, url).href)
    return alice.page
  }

  async function closed(): Promise<void> {
    await alice.page.keyboard.press('Escape')
    await alice.dialog.waitFor({ state: 'detached' })
  }

  it('for who has no account yet: signing in, the first run, joining', async () => {
    const { links } = await world.alice.call('people.invite', { days: 7, uses: 1 })
    const { hash } = new URL(links[0] ?? '')
    for (const [name, address, words] of [
      ['sign-in', url, 'Sign in'],
      ['first-run', world.mill.setUp ?? '', 'Set the node up'],
      ['join', `${url.replace(/\/$/, '')}/${hash}`, /.+/],
    ] as const) {
      const stranger = await visit(browser, address, { reducedMotion: 'reduce' })
      await stranger.page.getByRole('button', { name: words }).last().waitFor()
      await look(stranger.page, name)
      expect([stranger.complaints, stranger.strangers]).toEqual([[], []])
      await stranger.context.close()
    }
  })

  it('the chats, a conversation, and what is known of it', async () => {
    const page = await at(`/chat/${world.chats.group}`)
    await alice.message('water cans').waitFor()
    await look(page, 'chat')
    await at('/')
    await page
      .getByRole('list', { name: 'Chats' })
      .getByRole('link', { name: /Water and roads/ })
      .waitFor()
    await look(page, 'chats')
    await at(`/chat/${world.chats.group}/info`)
    await page.getByText('Carol').last().waitFor()
    await alice.message('water cans').waitFor()
    await page.getByRole('textbox', { name: 'Write a message' }).waitFor()
    await look(page, 'chat-info')
  })

  it('a new chat and the invite', async () => {
    const page = await at('/')
    await alice.button('New chat').click()
    await alice.dialog.getByText('Carol', { exact: true }).first().waitFor()
    await look(page, 'new-chat')
    await alice.button('Show my invite').click()
    await page.getByRole('textbox', { name: 'Link' }).waitFor()
    await look(page, 'invite')
    await closed()
  })

  it('where a message is', async () => {
    const page = await at(`/chat/${world.chats.bob}`)
    await alice.track(toBob.waits, /^Waiting for folder blue-1/).waitFor()
    await look(page, 'waiting')
    await alice.track(toBob.read, /^Read/).click()
    await alice.dialog.getByText('Your node took it').first().waitFor()
    await look(page, 'where-is-it')
    await closed()
  })

  it('the network, a neighbour, a folder, and pairing', async () => {
    const page = await at('/network')
    await page.getByRole('list', { name: 'Neighbours' }).getByRole('link', { name: /hut/ }).waitFor()
    await look(page, 'network')
    await page.getByRole('list', { name: 'Neighbours' }).getByRole('link', { name: /hut/ }).click()
    await page.getByRole('heading', { name: 'hut' }).waitFor()
    await look(page, 'neighbour')
    await at('/network/folder/blue-1')
    await page.getByRole('heading', { name: 'blue-1' }).waitFor()
    await look(page, 'folder', false)
    await at('/network')
    await alice.button('Pair with a node').first().click()
    await alice.button('Make an invite').click()
    await alice.button('Copy the link').waitFor()
    await look(page, 'pair')
    await closed()
  })

  it('people and settings', async () => {
    const page = await at('/people')
    await page.getByText('carol', { exact: true }).first().waitFor()
    await look(page, 'people')
    for (const [section, heading] of [
      ['profile', 'Profile'],
      ['appearance', 'Look and language'],
      ['apps', 'Phones and mail apps'],
      ['device', 'This device'],
      ['node', 'This node'],
    ] as const) {
      await at(`/settings/${section}`)
      await page.getByRole('heading', { name: heading, exact: true }).waitFor()
      await look(page, `settings-${section}`, section === 'profile' || section === 'apps')
    }
  })

  it('the palette', async () => {
    const page = await at(`/chat/${world.chats.group}`)
    await alice.message('water cans').waitFor()
    await page.keyboard.press('Control+k')
    await alice.dialog.getByRole('option').first().waitFor()
    await look(page, 'palette')
    await closed()
  })

  it('a conversation from right to left', async () => {
    const page = alice.page
    await page.evaluate(`localStorage.setItem('posthorn.preferences', '{"language":"ar"}')`)
    await at(`/chat/${world.chats.layla}`)
    await page.getByText('شكرا! نلتقي').last().waitFor()
    expect(await page.evaluate('document.documentElement.dir')).toBe('rtl')
    await look(page, 'right-to-left')
  })

  it('complains of nothing, and asks nobody else for anything', () => {
    expect([alice.complaints, alice.strangers]).toEqual([[], []])
  })
})
