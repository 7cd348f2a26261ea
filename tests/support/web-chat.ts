/** The chat server of a node that runs, in this process: what a browser's calls reach, without the browser. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { events, isMethod, type MethodName, methods, type ParamsOf, type ResultOf } from '@posthorn/api'
import { systemClock } from '../../packages/node/src/base/clock.ts'
import { silentLog } from '../../packages/node/src/base/log.ts'
import {
  type ChatEngine,
  chatEngine,
  engineProgram,
  installedEngine,
} from '../../packages/node/src/services/chat-engine/index.ts'
import { type ChatServer, chatServer } from '../../packages/node/src/services/chat-server/index.ts'
import type { Handlers } from '../../packages/node/src/services/web-server/handlers.ts'
import { type Database, openDatabase } from '../../packages/node/src/stores/database/database.ts'
import { openDirectory } from '../../packages/node/src/stores/directory/index.ts'
import { openWebAccounts } from '../../packages/node/src/stores/web-accounts/index.ts'
import { Chatting } from './chatting.ts'
import type { TestNode } from './node.ts'

interface Status {
  readonly node: { readonly domain: string }
  readonly listeners: Readonly<Record<'imap' | 'imaps' | 'smtp' | 'smtps', { readonly port: number }>>
}

interface Checker {
  readonly '~standard': {
    validate(value: unknown): unknown
  }
}

/** What the schema makes of it. */
function checked(schema: Checker, value: unknown): unknown {
  const found = schema['~standard'].validate(value) as { value: unknown; issues?: readonly { message: string }[] }
  if (found.issues !== undefined) throw new Error(`bad shape: ${JSON.stringify(found.issues)}`)
  return found.value
}

const callerOf = (user: string) => ({ user, role: 'user', by: { session: user } }) as const

export class WebChat extends Chatting {
  readonly server: ChatServer
  readonly engine: ChatEngine
  readonly database: Database
  /** Where the network reaches the mail server; null: it does not. */
  lanHost: string | null = null
  readonly #folder: string
  readonly #uploads = new Map<string, { user: string; path: string; name: string }>()

  private constructor(
    node: TestNode,
    { domain, ports }: { domain: string; ports: () => Status['listeners'] },
    parts: {
      folder: string
      database: Database
      appPasswords: Parameters<typeof chatServer>[0]['appPasswords']
    },
  ) {
    super()
    const { folder, database, appPasswords } = parts
    this.#folder = folder
    this.database = database
    const program = engineProgram(installedEngine() ?? '', join(node.home, 'web-chat'), {
      clock: systemClock,
      log: silentLog,
    })
    this.engine = chatEngine({ start: program, clock: systemClock, log: silentLog })
    this.server = chatServer({
      ...{ engine: this.engine, accounts: openWebAccounts({ database }), appPasswords },
      addressOf: user => `${user}@${domain}`,
      ports: () => ({ imapPort: ports().imap.port, smtpPort: ports().smtp.port }),
      network: async () => {
        const { imaps, smtps } = ports()
        return this.lanHost === null ? null : { lanHost: this.lanHost, imapPort: imaps.port, smtpPort: smtps.port }
      },
      publish: (to, event, data) => {
        if (typeof to === 'object') this.told.push({ user: to.user, event, data: checked(events[event], data) })
      },
      uploads: {
        take: async (user, id) => {
          const file = this.#uploads.get(id)
          if (file?.user !== user) throw Object.assign(new Error('no such upload'), { code: 'no-such-upload' })
          this.#uploads.delete(id)
          return { ...file, sizeBytes: (await readFile(file.path)).length }
        },
      },
      ...{ random: randomBytes, clock: systemClock, log: silentLog },
    })
  }

  /** @param node that runs. */
  static async of(node: TestNode): Promise<WebChat> {
    const status = await node.run<Status>(['status'])
    const database = openDatabase(join(node.home, 'posthorn.db'))
    const { appPasswords } = await openDirectory({ database, random: randomBytes })
    const folder = await mkdtemp(join(tmpdir(), 'posthorn-web-chat-'))
    const ports = () => status.listeners
    return new WebChat(node, { domain: status.node.domain, ports }, { folder, database, appPasswords })
  }

  /** As by the API: parameters and answers are checked. */
  async call<N extends MethodName>(user: string, name: N, params: ParamsOf<N>): Promise<ResultOf<N>> {
    const handlers: Partial<Handlers> = this.server.handlers
    const handle = isMethod(name) ? handlers[name] : undefined
    if (handle === undefined) throw new Error(`nobody answers ${name}`)
    const context = { signal: new AbortController().signal, progress: () => undefined }
    const given = checked(methods[name].params, params)
    const result = await handle(given as never, callerOf(user), context)
    return checked(methods[name].result, result) as ResultOf<N>
  }

  async upload(user: string, name: string, content: string | Uint8Array): Promise<string> {
    const id = randomBytes(16).toString('base64url')
    const path = join(this.#folder, id)
    await writeFile(path, content)
    this.#uploads.set(id, { user, path, name })
    return id
  }

  async stop(): Promise<void> {
    await this.server.stop()
    await this.engine.stop()
    this.database.close()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
