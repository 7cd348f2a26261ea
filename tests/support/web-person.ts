/** Somebody in front of the web chat, by roles and labels: what a screen reader would find. */
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { type Visit, visit } from './browser.ts'
import type { TestNode } from './node.ts'

/** What is waited for longest: a handshake over a folder. */
const patienceMs = 60_000

export interface Login {
  readonly name: string
  readonly password: string
}

/** Where the node shows its web. */
export async function webOf(node: TestNode): Promise<string> {
  const { listeners } = await node.run<{ listeners: { http: { url: string } } }>(['status'])
  return listeners.http.url
}

export class WebPerson {
  readonly page: Page
  readonly #visit: Visit

  constructor(seen: Visit) {
    this.#visit = seen
    this.page = seen.page
    this.page.setDefaultTimeout(patienceMs)
  }

  /** Signs in with name and password, as on the first page. */
  static async signIn(browser: Browser, url: string, login: Login, options: BrowserContextOptions = {}) {
    const permissions = ['clipboard-read', 'clipboard-write']
    const person = new WebPerson(await visit(browser, url, { permissions, ...options }))
    await person.page.getByLabel('Name').fill(login.name)
    await person.page.getByLabel('Password', { exact: true }).fill(login.password)
    await person.page.getByRole('button', { name: 'Sign in' }).click()
    await person.button('New chat').waitFor()
    return person
  }

  /** The first person of a node: follows the link that it printed. */
  static async setUp(browser: Browser, link: string, login: Login, options: BrowserContextOptions = {}) {
    const permissions = ['clipboard-read', 'clipboard-write']
    const person = new WebPerson(await visit(browser, link, { permissions, ...options }))
    await person.page.getByRole('textbox', { name: 'Your name here' }).fill(login.name)
    await person.page.getByRole('textbox', { name: 'Password', exact: true }).fill(login.password)
    await person.page.getByRole('switch', { name: /Open to the Wi-Fi/ }).uncheck()
    await person.button('Set the node up').click()
    await person.go('Chats')
    await person.button('New chat').waitFor()
    return person
  }

  /** To a part of the app, by its rail. */
  async go(area: 'Chats' | 'Network' | 'People' | 'Settings'): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Areas' }).getByRole('link', { name: area }).click()
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog')
  }

  /** What a button puts into the clipboard. */
  async copied(button: Locator): Promise<string> {
    await button.click()
    return this.page.evaluate<string>('navigator.clipboard.readText()')
  }

  get complaints(): readonly string[] {
    return this.#visit.complaints
  }

  get strangers(): readonly string[] {
    return this.#visit.strangers
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' })
  }

  get composer(): Locator {
    return this.page.getByRole('textbox', { name: 'Write a message' })
  }

  /** Bubbles of the open chat that hold this text. */
  message(text: string | RegExp): Locator {
    return this.page.getByRole('log', { name: 'Messages' }).getByRole('article').filter({ hasText: text })
  }

  /** The link that somebody else follows to write here. */
  async invite(): Promise<string> {
    await this.button('New chat').click()
    await this.button('Show my invite').click()
    const link = await this.page.getByRole('textbox', { name: 'Link' }).inputValue()
    await this.page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
    return link
  }

  /** Follows it, into the chat with whoever made it. */
  async follow(link: string): Promise<void> {
    await this.button('New chat').click()
    await this.button('Scan or paste an invite').click()
    await this.page.getByRole('textbox', { name: 'Link of the invite' }).fill(link)
    await this.button('Next').click()
    await this.button('Start chat').click()
    await this.composer.waitFor()
  }

  async openChat(name: string | RegExp): Promise<void> {
    await this.page.getByRole('list', { name: 'Chats' }).getByRole('link', { name }).first().click()
    await this.composer.waitFor()
  }

  async write(text: string): Promise<void> {
    await this.composer.fill(text)
    await this.page.keyboard.press('Enter')
    await this.message(text).first().waitFor()
  }

  async sendPhoto(bytes: Buffer, caption: string): Promise<void> {
    const chooser = this.page.waitForEvent('filechooser')
    await this.button('Attach').click()
    await this.page.getByRole('menuitem', { name: /photo/i }).click()
    await (await chooser).setFiles({ name: 'photo.png', mimeType: 'image/png', buffer: bytes })
    await this.page.getByRole('textbox', { name: 'Caption' }).fill(caption)
    await this.button('Send').click()
    await this.message(caption).waitFor()
  }

  /** In pixels, of the photo with this caption, once it is there. */
  async widthOfPhoto(caption: string): Promise<number> {
    const photo = this.message(caption)
      .getByRole('button', { name: /^Open the photo/ })
      .locator('img')
    return photo.evaluate(async (image: unknown) => {
      const picture = image as { decode(): Promise<void>; readonly naturalWidth: number }
      await picture.decode()
      return picture.naturalWidth
    })
  }

  /** The line under one's own message that says where it is, when it says this. */
  track(message: string, words: RegExp): Locator {
    return this.message(message).getByRole('button', { name: words })
  }

  async leave(): Promise<void> {
    await this.#visit.context.close()
  }
}
