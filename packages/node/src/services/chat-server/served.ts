/** What people read by GET: files of their chats, HTML mails, and whole chats to keep. */
import { basename } from 'node:path'
import { OperatingError } from '../../base/errors.ts'
import type { FindFile, ServedFile, ServedPage } from '../web-server/handlers.ts'
import { answerOf, type Desk, ownChat, ownMessages } from './desk.ts'
import { exportChat } from './export/index.ts'
import { chatServerLimits } from './limits.ts'
import { ownFile } from './own-file.ts'
import { mediaTypeOf } from './sniff.ts'
import type { FileOwner } from './views/paths.ts'

export type ChatFiles = Readonly<Record<'files' | 'html' | 'export', FindFile>>

type OpenDesk = (user: string, signal: AbortSignal) => Promise<Desk>

/** Each answers undefined for what is not the caller's, as for what is not there. */
export function chatFiles(openDesk: OpenDesk): ChatFiles {
  return {
    async files(key, { user }, signal) {
      const asked = parse(key)
      return asked && fileOf(await openDesk(user, signal), asked)
    },
    async html(key, { user }, signal) {
      const message = idOf(key)
      return message === undefined ? undefined : pageOf(await openDesk(user, signal), message)
    },
    async export(key, { user }, signal) {
      const chat = idOf(key)
      if (chat === undefined) return undefined
      const desk = await openDesk(user, signal)
      return (await isOwn(ownChat(desk, chat))) ? exportChat(desk, chat) : undefined
    },
  }
}

function idOf(text: string): number | undefined {
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined
}

interface Asked {
  readonly owner: FileOwner
  readonly id: number
  /** The engine's name for it. */
  readonly blob: string
}

const owners: readonly FileOwner[] = ['message', 'contact', 'chat']

/** Behind these three stands the name by which it is saved. */
function parse(key: string): Asked | undefined {
  const [kind, number = '', blob = ''] = key.split('/')
  const owner = owners.find(known => known === kind)
  const id = idOf(number)
  return owner === undefined || id === undefined || blob === '' ? undefined : { owner, id, blob }
}

/** The path is what the engine says; what was asked is only compared with it. */
async function fileOf(desk: Desk, { owner, id, blob }: Asked): Promise<ServedFile | undefined> {
  const { file, name } = await belongingTo(desk, owner, id)
  if (file === null || basename(file) !== blob) return undefined
  const path = await ownFile(desk, file)
  if (path === undefined) return undefined
  const mime = await mediaTypeOf(path)
  const inline = mime !== undefined
  return { path, mime: mime ?? 'application/octet-stream', name: name ?? blob, inline, immutable: true }
}

async function belongingTo({ calls }: Desk, owner: FileOwner, id: number) {
  if (owner === 'message') {
    const message = await answerOf(calls.message(id))
    return { file: message?.file ?? null, name: message?.fileName ?? null }
  }
  const shown = owner === 'contact' ? await answerOf(calls.contact(id)) : await answerOf(calls.basicChat(id))
  return { file: shown?.profileImage ?? null, name: null }
}

async function pageOf(desk: Desk, message: number): Promise<ServedPage | undefined> {
  const [own] = await ownMessages(desk, [message])
  const html = own === undefined ? null : ((await answerOf(desk.calls.html(own))) ?? null)
  return html === null || html.length > chatServerLimits.htmlLettersMax ? undefined : strangersPage(html)
}

/**
 * A page of its own origin, without scripts, forms, frames, cookies, or anything from elsewhere. Links open outside of
 * it, and tell nobody where they were.
 */
function strangersPage(html: string): ServedPage {
  return {
    page: `<!doctype html><base target="_blank">${html}`,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; form-action 'none'; " +
        "base-uri 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox",
      'x-frame-options': 'SAMEORIGIN',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    },
  }
}

async function isOwn(found: Promise<number>): Promise<boolean> {
  return found.then(
    () => true,
    error => {
      if (error instanceof OperatingError && error.code === 'no-such-chat') return false
      throw error
    },
  )
}
