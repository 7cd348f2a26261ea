/** A chat server on an engine for tests, for alice and bob. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ParamsOf, ResultOf } from '@posthorn/api'
import { onTestFinished } from 'vitest'
import type { Clock } from '../../base/clock.ts'
import { silentLog } from '../../base/log.ts'
import { scratchDirectory } from '../../stores/files/scratch-directory.ts'
import { memoryWebAccounts } from '../../stores/web-accounts/memory.ts'
import { FakeEngine } from '../chat-engine/fake.ts'
import { chatEngine } from '../chat-engine/index.ts'
import { type ChatMethod, type ChatServerOptions, chatServer } from './index.ts'

/** What one account of the engine keeps: settings and how it logs in. */
interface FakeAccount {
  readonly settings: Map<string, string | null>
  transport: Readonly<Record<string, unknown>> | undefined
}

interface RigOptions {
  readonly clock?: Clock
  readonly passwords?: Partial<ChatServerOptions['appPasswords']>
}

const pauseMsMin = 1000

/** Pauses are over at once; nothing is ever late. */
const quickClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    ms >= 5 * pauseMsMin
      ? new Promise<void>((_, reject) => signal.addEventListener('abort', reject))
      : Promise.resolve(),
}

type Answers = Readonly<Record<string, (...params: never[]) => unknown>>

/** What the engine does with accounts. */
function accountAnswers(inEngine: Map<number, FakeAccount>, folder: string): Answers {
  const account = (number: number) => {
    const found = inEngine.get(number)
    if (found === undefined) throw new Error(`no account ${number}`)
    return found
  }
  return {
    get_all_account_ids: () => [...inEngine.keys()],
    add_account: () => {
      const number = Math.max(0, ...inEngine.keys()) + 1
      inEngine.set(number, { settings: new Map(), transport: undefined })
      return number
    },
    remove_account: number => void inEngine.delete(number),
    get_config: (number, key) => account(number).settings.get(key) ?? null,
    batch_get_config: (number, keys: readonly string[]) =>
      Object.fromEntries(keys.map(key => [key, account(number).settings.get(key) ?? null])),
    batch_set_config: (number, values: Record<string, string | null>) => {
      for (const [key, value] of Object.entries(values)) account(number).settings.set(key, value)
    },
    get_chat_ephemeral_timer: () => 0,
    list_transports: number => [account(number).transport].filter(known => known !== undefined),
    add_or_update_transport: (number, transport) => {
      account(number).transport = transport
    },
    get_blob_dir: number => join(folder, String(number)),
  }
}

export async function chatRig(options: RigOptions = {}) {
  const folder = await scratchDirectory()
  const fake = new FakeEngine()
  const inEngine = new Map<number, FakeAccount>()
  const valid = new Map<string, string>()
  const told: { user: string; event: string; data: unknown }[] = []
  const accounts = memoryWebAccounts()
  const clock = options.clock ?? quickClock
  let made = 0
  let ports = { imapPort: 1, smtpPort: 2 }
  const answers = accountAnswers(inEngine, folder)
  for (const [method, answer] of Object.entries(answers)) fake.answers.set(method, answer)
  for (const number of [1, 2, 3, 4]) await mkdir(join(folder, String(number)))
  const engine = chatEngine({ start: fake.start, clock, log: silentLog })
  onTestFinished(() => engine.stop())
  const server = chatServer({
    ...{ engine, accounts, clock, log: silentLog },
    appPasswords: {
      async add(user) {
        made += 1
        valid.set(user, `password ${made}`)
        return { id: `${made}`, password: `password ${made}` }
      },
      remove: async user => (valid.delete(user) ? 'id' : undefined),
      verify: async (user, password) => (valid.get(user) === password ? 'id' : undefined),
      ...options.passwords,
    },
    addressOf: user => `${user}@camp.alt`,
    ports: () => ports,
    network: async () => null,
    publish: (to, event, data) => {
      if (typeof to === 'object') told.push({ user: to.user, event, data })
    },
    uploads: { take: async () => Promise.reject(new Error('no uploads')) },
    random: length => new Uint8Array(length).fill(made + inEngine.size),
  })
  onTestFinished(() => server.stop())
  const call = <M extends ChatMethod>(user: string, method: M, params: ParamsOf<M>): Promise<ResultOf<M>> => {
    const caller = { user, role: 'user', by: { session: user } } as const
    const context = { signal: new AbortController().signal, progress: () => undefined }
    const handle = server.handlers[method] as (...given: unknown[]) => Promise<ResultOf<M>>
    return handle(params, caller, context)
  }
  return {
    ...{ server, engine, fake, inEngine, accounts, told, call, folder, valid },
    movePorts: (to: typeof ports) => {
      ports = to
    },
  }
}

const contact = {
  ...{ id: 11, address: 'bob@camp.alt', color: '#123456', authName: 'Bob', displayName: 'Bob', name: '', status: '' },
  ...{ e2eeAvail: true, isVerified: false, isBlocked: false, isBot: false, isKeyContact: true },
  ...{ profileImage: null, lastSeen: 0 },
}

/** A contact as the engine tells of them. */
export function engineContact(changes: Readonly<Record<string, unknown>> = {}) {
  return { ...contact, ...changes }
}

/** A message as the engine tells of it. */
export function engineMessage(changes: Readonly<Record<string, unknown>> = {}) {
  return {
    ...{ kind: 'message', id: 20, chatId: 12, text: 'hello', viewType: 'Text', state: 10, error: null },
    ...{ timestamp: 1_700_000_000, sortTimestamp: 1_700_000_000, receivedTimestamp: 1_700_000_060 },
    ...{ isInfo: false, isForwarded: false, isEdited: false, hasHtml: false, showPadlock: true },
    ...{ fromId: 11, sender: contact, file: null, fileName: null, fileMime: null, fileBytes: 0 },
    ...{ dimensionsWidth: 0, dimensionsHeight: 0, duration: 0, downloadState: 'Done' },
    ...changes,
  }
}
