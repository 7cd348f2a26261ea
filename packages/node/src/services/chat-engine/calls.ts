/** The methods of the engine that are used here, and no others, with their answers checked. */
import * as v from 'valibot'
import type { Rpc } from './rpc.ts'

/** Numbers of the engine: accounts, chats, messages, contacts. */
const number = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const numbers = v.array(number)
const nothing = v.any()

const messageSchema = v.object({
  id: number,
  chatId: number,
  fromId: number,
  text: v.string(),
  state: number,
  isInfo: v.boolean(),
  isBot: v.boolean(),
  showPadlock: v.boolean(),
  sender: v.object({ address: v.string() }),
})
const contactSchema = v.object({ id: number, address: v.string(), isVerified: v.boolean() })
const chatSchema = v.object({ id: number, chatType: v.union([v.string(), v.number()]) })
const eventsSchema = v.array(
  v.object({ contextId: number, event: v.looseObject({ kind: v.pipe(v.string(), v.maxLength(100)) }) }),
)

export type EngineContact = v.InferOutput<typeof contactSchema>
export type EngineEvents = v.InferOutput<typeof eventsSchema>

/** What a message of one's own has become; the numbers are the engine's. */
export const sentStates = { pending: 20, failed: 24, delivered: 26, read: 28 } as const
/** Who wrote a message of one's own. */
export const selfContact = 1

export interface EngineLogin {
  readonly address: string
  readonly password: string
  readonly imapPort: number
  readonly smtpPort: number
}

export type EngineCalls = ReturnType<typeof engineCalls>

export function engineCalls(rpc: Pick<Rpc, 'call'>) {
  const ask = async <Schema extends v.GenericSchema>(
    schema: Schema,
    method: string,
    ...params: unknown[]
  ): Promise<v.InferOutput<Schema>> => v.parse(schema, await rpc.call(method, params))
  return {
    accounts: () => ask(numbers, 'get_all_account_ids'),
    addAccount: () => ask(number, 'add_account'),
    setting: (account: number, key: string) => ask(v.nullable(v.string()), 'get_config', account, key),
    set: (account: number, key: string, value: string) => ask(nothing, 'set_config', account, key, value),
    /** Only on this machine, so without TLS: a certificate would prove nothing more. */
    login: (account: number, { address, password, imapPort, smtpPort }: EngineLogin) =>
      ask(nothing, 'add_or_update_transport', account, {
        ...{ addr: address, password, certificateChecks: 'automatic' },
        ...{ imapServer: '127.0.0.1', imapPort, imapSecurity: 'plain', imapFolder: null, imapUser: null },
        ...{ smtpServer: '127.0.0.1', smtpPort, smtpSecurity: 'plain', smtpUser: null, smtpPassword: null },
      }),
    startIo: (account: number) => ask(nothing, 'start_io', account),
    /** For people who scan or follow it. */
    invite: (account: number) => ask(v.string(), 'get_chat_securejoin_qr_code', account, null),
    vcard: (account: number) => ask(v.string(), 'make_vcard', account, [selfContact]),
    /** Messages that were not `seen` yet, the oldest first. */
    nextMessages: (account: number) => ask(numbers, 'get_next_msgs', account),
    seen: (account: number, messages: readonly number[]) => ask(nothing, 'markseen_msgs', account, messages),
    message: (account: number, message: number) => ask(messageSchema, 'get_message', account, message),
    messages: (account: number, chat: number) => ask(numbers, 'get_message_ids', account, chat, false, false),
    sendText: (account: number, chat: number, text: string) =>
      ask(number, 'misc_send_text_message', account, chat, text),
    chat: (account: number, chat: number) => ask(chatSchema, 'get_basic_chat_info', account, chat),
    chatContacts: (account: number, chat: number) => ask(numbers, 'get_chat_contacts', account, chat),
    chatWith: (account: number, contact: number) => ask(number, 'create_chat_by_contact_id', account, contact),
    contacts: (account: number) => ask(v.array(contactSchema), 'get_contacts', account, 0, null),
    contact: (account: number, contact: number) => ask(contactSchema, 'get_contact', account, contact),
  }
}

/** What happened since it was asked last; waits for the first. */
export async function nextEvents(rpc: Pick<Rpc, 'call'>): Promise<EngineEvents> {
  return v.parse(eventsSchema, await rpc.call('get_next_event_batch', [], { patient: true }))
}
