/**
 * Catches what ran or got out where nothing may: calls of `__ran` from any frame, questions to a listener of its own,
 * dialogs, windows, downloads, and pages that were left for another place. What a policy had to stop is kept beside it.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BrowserContext, Page } from 'playwright-core'

export class Trap {
  /** What was caught, in words. */
  readonly caught: string[] = []
  /** What a policy stopped: markup that came into a page, and could do nothing there. */
  readonly stopped: string[] = []
  readonly #server: Server
  readonly #pages = new Map<string, { readonly type: string; readonly content: string | Buffer }>()

  private constructor(server: Server) {
    this.#server = server
    server.on('request', (request, response) => {
      const page = this.#pages.get(request.url ?? '')
      if (page === undefined) this.caught.push(`asked ${request.url}`)
      response.writeHead(page === undefined ? 404 : 200, { 'content-type': page?.type ?? 'text/plain' })
      response.end(page?.content)
    })
  }

  static async set(): Promise<Trap> {
    const trap = new Trap(createServer())
    await new Promise<void>(resolve => trap.#server.listen(0, '127.0.0.1', resolve))
    return trap
  }

  /** The listener, as payloads name it. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Gives a page of its own, without any policy. Answers its address. */
  serve(path: string, content: string | Buffer, type = 'text/html; charset=utf-8'): string {
    this.#pages.set(path, { type, content })
    return this.url + path
  }

  /** Before its pages are loaded. @param origin where they belong. */
  async watch(context: BrowserContext, origin: string): Promise<void> {
    await context.exposeBinding('__ran', ({ frame }) => {
      this.caught.push(`ran in ${frame.url()}`)
    })
    context.on('page', page => this.#watchPage(page, origin))
    for (const page of context.pages()) this.#watchPage(page, origin)
  }

  async remove(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  #watchPage(page: Page, origin: string): void {
    page.on('dialog', dialog => {
      this.caught.push(`dialog ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('popup', popup => this.caught.push(`window ${popup.url()}`))
    page.on('download', download => this.caught.push(`download ${download.suggestedFilename()}`))
    page.on('framenavigated', frame => {
      const url = frame.url()
      if (!url.startsWith(`${origin}/`) && !/^(?:about:blank|about:srcdoc|chrome-error:)/.test(url))
        this.caught.push(`went to ${url}`)
    })
    page.on('console', message => {
      if (/Content Security Policy|sandboxed/.test(message.text())) this.stopped.push(message.text())
    })
  }
}
