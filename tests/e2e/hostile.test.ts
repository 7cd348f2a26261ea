/** Threat: what Mallory writes is read by Alice in her browser, and nothing of it runs, asks, opens or leaves. */
import type { FileView, MessageView } from '@posthorn/api'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium, startBrowser } from '../support/browser.ts'
import { type HostileFile, hostileFiles, hostileMail, hostileTexts, read } from '../support/hostile-texts.ts'
import { sendRaw } from '../support/mail.ts'
import { type Access, TestNode } from '../support/node.ts'
import { noisePng } from '../support/picture.ts'
import { Trap } from '../support/trap.ts'
import { WebClient } from '../support/web-client.ts'
import { WebPerson, webOf } from '../support/web-person.ts'

const sandboxed = /(?:^|; *)sandbox(?:;|$| )/

describe.skipIf(!hasChromium)('threat: a hostile person writes to somebody in a browser', () => {
  let camp: TestNode
  let browser: Browser
  let trap: Trap
  let origin: string
  let access: { alice: Access; mallory: Access }
  let mallory: WebClient
  let alices: WebClient
  let alice: WebPerson
  let page: Page
  /** Mallory's numbers of their chats. */
  let chat: number
  let group: number
  let texts: ReturnType<typeof hostileTexts>

  beforeAll(async () => {
    trap = await Trap.set()
    texts = hostileTexts(trap.url)
    camp = await TestNode.make('camp')
    access = { alice: await camp.addUser('alice'), mallory: await camp.addUser('mallory') }
    await camp.start()
    alices = await WebClient.signIn(camp, access.alice)
    mallory = await WebClient.signIn(camp, access.mallory)
    await mallory.call('profile.change', { name: textOf(0), status: textOf(6) })
    await alices.chatWith(mallory)
    chat = await mallory.chatWith(alices)
    browser = await startBrowser()
    origin = new URL(await webOf(camp)).origin
    alice = await WebPerson.signIn(browser, origin, { name: 'alice', password: access.alice.password })
    page = alice.page
    // So high that a chat is shown with all its messages.
    await page.setViewportSize({ width: 1280, height: 9000 })
    await trap.watch(page.context(), origin)
    await page.reload()
  })

  afterEach(() => {
    expect(trap.caught.splice(0)).toEqual([])
    expect(trap.stopped.splice(0), 'markup came into a page and was stopped there only').toEqual([])
  })

  afterAll(async () => {
    await browser?.close()
    await camp?.remove()
    await trap?.remove()
  })

  const textOf = (index: number) => texts[index]?.text ?? expect.unreachable()
  const open = (path: string) => page.goto(origin + path)
  const hasRead = async (text: string) =>
    expect.poll(async () => read(await page.locator('body').innerText()), { timeout: 30_000 }).toContain(read(text))

  it('control: each of the texts and files does run where it is taken for markup', async () => {
    const free = await browser.newContext()
    await trap.watch(free, trap.url)
    const files = hostileFiles(noisePng(8, 8, 1)).filter(({ name }) => /^(?:page|drawing)\.|^sheet/.test(name))
    const types = { html: 'text/html', xhtml: 'application/xhtml+xml', svg: 'image/svg+xml', xml: 'text/xml' }
    const pages = [
      ...texts.filter(({ runs }) => runs).map(({ text }, index) => trap.serve(`/control-${index}`, `<p>${text}</p>`)),
      ...files.map(({ name, content }) =>
        trap.serve(`/${name}`, content, types[name.split('.')[1] as keyof typeof types]),
      ),
      trap.serve('/mail', hostileMail(trap.url)),
    ]
    expect(pages.length).toBeGreaterThan(30)
    const runners = texts.filter(({ runs }) => runs)
    const isForm = (url: string) => runners[Number(/control-(\d+)$/.exec(url)?.[1])]?.text.includes('<form') === true
    for (const url of pages) {
      const tab = await free.newPage()
      // It may leave at once for where it likes.
      await tab.goto(url, { waitUntil: 'commit' }).catch(() => undefined)
      if (isForm(url)) await tab.getByRole('button', { name: 'send' }).click({ noWaitAfter: true })
      await expect.poll(() => trap.caught.splice(0).length, { message: url, timeout: 10_000 }).toBeGreaterThan(0)
      await tab.close()
    }
    await free.close()
    trap.caught.splice(0)
    trap.stopped.splice(0)
  })

  it('control: markup that a policy alone holds is seen too', async () => {
    await page.evaluate(markup => {
      const { document } = globalThis as unknown as {
        document: { body: { insertAdjacentHTML(where: string, markup: string): void } }
      }
      document.body.insertAdjacentHTML('beforeend', markup)
    }, '<img src=x: onerror=__ran(1)>')
    await expect.poll(() => trap.stopped.splice(0).length).toBeGreaterThan(0)
    await page.reload()
    trap.stopped.splice(0)
  })

  it('in messages, in answers to them, in changed ones and in reactions', async () => {
    for (const { text } of texts) await mallory.call('messages.send', { chat, text })
    const last = await alices.came(texts.at(-1)?.mark ?? '')
    const first = await mallory.came(texts[0]?.mark ?? '')
    await mallory.call('messages.send', { chat, text: 'an answer', quote: first.id })
    const { message } = await mallory.call('messages.send', { chat, text: 'changed later' })
    await mallory.call('messages.edit', { message, text: `${textOf(1)} changed` })
    await mallory.call('messages.react', { message: first.id, emoji: '<svg/onload=__ran(1)>' }).catch(() => undefined)
    await open(`/chat/${last.chat}`)
    for (const { text } of texts) await hasRead(text)
    await hasRead('an answer')
    await hasRead(`${textOf(1)} changed`)
    const links = await page
      .getByRole('log', { name: 'Messages' })
      .getByRole('link')
      .evaluateAll(all => all.map(link => (link as unknown as { href: string }).href))
    expect(links.filter(href => !/^(?:https?|mailto):/.test(href))).toEqual([])
  })

  it('in the details of a chat, in what is known of a message, and where it is', async () => {
    const { chat: here, id: quote } = await alices.came('an answer')
    await alices.call('messages.send', { chat: here, text: `${textOf(2)} mine`, quote })
    await open(`/chat/${here}/info`)
    await hasRead(textOf(6))
    await open(`/chat/${here}`)
    // It takes the focus when it comes, and a menu ends with that.
    await alice.composer.waitFor()
    const ways = [
      ['an answer', 'Details'],
      [`${texts[2]?.mark} mine`, 'Details'],
      [`${texts[2]?.mark} mine`, 'Where is it?'],
    ] as const
    for (const [text, item] of ways) {
      await alice.message(text).first().click({ button: 'right' })
      await page.getByRole('menuitem', { name: item }).click()
      await alice.dialog.waitFor()
      await page.keyboard.press('Escape')
      await alice.dialog.waitFor({ state: 'detached' })
    }
  })

  it('in names and descriptions of groups: in the list, in what a search and the palette find', async () => {
    const [member = 0] = (await mallory.call('contacts.ids', { query: 'alice' })).ids
    for (const { text, mark } of texts) {
      const made = await mallory.call('chats.create', { kind: 'group', name: text, members: [member] })
      group = made.chat
      await mallory.call('messages.send', { chat: group, text: `in ${mark}` })
    }
    await mallory.call('chats.change', { chat: group, description: texts.map(({ text }) => text).join('\n') })
    await alices.came(`in ${texts.at(-1)?.mark}`)
    await open('/')
    for (const { text } of texts) await hasRead(text)
    for (const { text, mark } of texts.filter((_, index) => index % 8 === 0)) {
      await page.getByRole('searchbox').fill(mark)
      await page.getByRole('list', { name: 'Found' }).getByText(read(text)).first().waitFor()
    }
    for (const { text } of texts.filter((_, index) => index % 8 === 1)) {
      await page.getByRole('searchbox').fill(text.slice(0, 200))
      await page.getByRole('list', { name: 'Found' }).getByText(read(text).slice(0, 40)).first().waitFor()
    }
    await page.getByRole('searchbox').fill('')
    await page.keyboard.press('Control+k')
    for (const { text, mark } of texts.filter((_, index) => index % 8 === 2)) {
      await page.getByRole('combobox').fill(mark)
      await page.getByRole('option').filter({ hasText: mark }).first().waitFor()
      await hasRead(text)
    }
    await open(`/chat/${(await alices.came(`in ${texts.at(-1)?.mark}`)).chat}/info`)
    await page.getByRole('complementary', { name: 'Details' }).waitFor()
    await expect
      .poll(
        async () =>
          (await alices.call('chats.show', { chat: (await alices.came(`in ${texts.at(-1)?.mark}`)).chat })).description,
      )
      .not.toBe('')
    await hasRead(textOf(3))
  })

  it('in what is pasted as an invite', async () => {
    await open('/')
    for (const { text } of texts.filter((_, index) => index % 6 === 3)) {
      await alice.button('New chat').click()
      await alice.button('Scan or paste an invite').click()
      await page.getByRole('textbox', { name: 'Link of the invite' }).fill(text)
      await alice.button('Next').click()
      await alice.dialog
        .getByRole('button', { name: /^(?:Back|Next)$/ })
        .and(page.locator(':enabled'))
        .waitFor()
      await page.keyboard.press('Escape')
      await alice.dialog.waitFor({ state: 'detached' })
    }
  })

  describe('in files', () => {
    const sent: { file: HostileFile; came: MessageView }[] = []
    const fileOf = (came: MessageView): FileView & { path: string } => {
      const { file } = came
      return file?.path == null ? expect.unreachable() : { ...file, path: file.path }
    }

    it('their names and captions, large and small', async () => {
      for (const [index, file] of hostileFiles(noisePng(200, 150, 3)).entries()) {
        const upload = await mallory.upload(file.name, Buffer.from(file.content))
        const text = `${textOf(index)} file${index}x`
        await mallory.call('messages.send', { chat, text, file: { upload, name: file.name, kind: file.kind } })
        sent.push({ file, came: await alices.came(`file${index}x`) })
      }
      const here = sent[0]?.came.chat
      await open(`/chat/${here}`)
      for (const index of sent.keys()) await hasRead(`${textOf(index)} file${index}x`)
      await alice
        .message('file0x')
        .getByRole('button', { name: /^Open the photo/ })
        .click()
      await alice.dialog.locator('img').waitFor()
      await page.keyboard.press('Escape')
      await open(`/chat/${here}/media`)
      for (const tab of ['Files', 'Links', 'Audio', 'Photos'])
        await alice.dialog.getByRole('tab', { name: tab }).click()
      await alice.dialog.getByRole('button').first().waitFor()
    })

    it('opened by their address they are saved, or shown as pictures that can do nothing', async () => {
      expect(sent.length).toBeGreaterThan(10)
      for (const { file, came } of sent) {
        const url = origin + fileOf(came).path
        const answer = await page.context().request.get(url)
        const headers = answer.headers()
        expect(answer.status(), file.name).toBe(200)
        expect(headers['content-security-policy'], file.name).toMatch(sandboxed)
        expect(headers['content-security-policy'], file.name).toContain("default-src 'none'")
        expect(headers['x-content-type-options'], file.name).toBe('nosniff')
        const isShown = headers['content-disposition']?.startsWith('inline') === true
        const type = headers['content-type'] ?? ''
        expect(type, file.name).toMatch(isShown ? /^image\/(?:png|gif|jpeg|webp)$/ : /^application\/octet-stream$/)
        const tab = await page.context().newPage()
        if (isShown) {
          await tab.goto(url)
        } else {
          const saved = tab.waitForEvent('download')
          await tab.goto(url).catch(() => undefined)
          const name = (await saved).suggestedFilename()
          expect(trap.caught.splice(0), file.name).toEqual([`download ${name}`])
        }
        await tab.close()
      }
      // A picture that is shown alone may not even have the browser's own style.
      trap.stopped.splice(0)
    })
  })

  it('in contact cards, and when the contacts are taken over', async () => {
    const { vcard } = await mallory.call('contacts.card', { ids: [1] })
    for (const [index, { text }] of texts.filter((_, nth) => nth % 10 === 0).entries()) {
      // RFC 6350, section 3.4: these are escaped in a text.
      const called = text.replaceAll(/[\\,;]/g, '\\$&')
      const card = vcard
        .replace(/^FN:.*$/m, `FN:${called}`)
        .replaceAll(access.mallory.address, `card-${index}@x.example`)
      expect(card).toContain(called)
      const upload = await mallory.upload('card.vcf', Buffer.from(card))
      const file = { upload, name: 'card.vcf', kind: 'vcard' } as const
      await mallory.call('messages.send', { chat, text: `card ${index}`, file })
      const came = await alices.came(`card ${index}`)
      await open(`/chat/${came.chat}?message=${came.id}`)
      const bubble = alice.message(`card ${index}`)
      await expect.poll(async () => read(await bubble.innerText())).toContain(read(text))
      await bubble.getByRole('button', { name: 'Take over the contact' }).click()
      await page.getByText('The contact was taken over.').first().waitFor()
    }
  })

  it('in a letter in HTML: in its frame, and opened alone', async () => {
    const { alice: to, mallory: from } = access
    const head = `From: ${from.address}\r\nTo: ${to.address}\r\nSubject: hostileletter\r\nMessage-ID: <hostile@x>\r\n`
    const type = 'MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n'
    await sendRaw(from, [to.address], `${head}${type}${hostileMail(trap.url).replaceAll('\n', '\r\n')}\r\n`)
    const came = await alices.came('hostileletter')
    expect(came.html).toBe(true)
    await open(`/chat/${came.chat}`)
    await alice.message('hostileletter').getByRole('button', { name: 'Show the mail as it was designed' }).click()
    const frame = page.frameLocator('iframe')
    await frame.getByText('A hostile letter').waitFor()
    await frame.getByRole('link', { name: 'A program here' }).click()
    await frame.getByRole('link', { name: 'A page' }).click()
    await frame.getByRole('button', { name: 'Send it' }).click()
    await frame.getByText('A hostile letter').click()
    const tab = await page.context().newPage()
    const answer = await tab.goto(`${origin}/api/v1/html/${came.id}`)
    expect(answer?.headers()['content-security-policy']).toMatch(sandboxed)
    await tab.getByText('A hostile letter').waitFor()
    await tab.getByRole('link', { name: 'A program here' }).click()
    await tab.getByRole('button', { name: 'Send it' }).click()
    await tab.getByText('A hostile letter').click()
    expect(tab.url()).toBe(`${origin}/api/v1/html/${came.id}`)
    await tab.close()
    // Here a policy has something to stop.
    expect(trap.stopped.splice(0).length).toBeGreaterThan(0)
  })
})
