/**
 * The methods of the engine that web users may cause, each within one account: the number is put in here, and no
 * function takes it. Answers are checked.
 */
import * as v from 'valibot'
import {
  basicChatSchema,
  chatSchema,
  codeSchema,
  contactSchema,
  foundSchema,
  listItemSchema,
  loadedSchema,
  messageInfoSchema,
  messageSchema,
  nothing,
  number,
  numbers,
  receiptSchema,
  rowSchema,
  transportSchema,
} from './schemas.ts'

/** Calls a method with these parameters. */
export type Ask = (method: string, params: readonly unknown[]) => Promise<unknown>

type Asking = <Schema extends v.GenericSchema>(
  schema: Schema,
  method: string,
  ...params: unknown[]
) => Promise<v.InferOutput<Schema>>

const text = v.string()
const byId = <Schema extends v.GenericSchema>(schema: Schema) => v.record(v.string(), schema)

export type AccountCalls = ReturnType<typeof accountCalls>

export function accountCalls(account: number, ask: Ask) {
  const on: Asking = async (schema, method, ...params) => v.parse(schema, await ask(method, [account, ...params]))
  return { ...settings(on), ...chats(on), ...groups(on), ...messages(on), ...sending(on), ...people(on) }
}

export interface Transport {
  readonly address: string
  readonly password: string
  /** Null: this machine, and so without TLS: a certificate would prove nothing more. */
  readonly lanHost: string | null
  readonly imapPort: number
  readonly smtpPort: number
}

function settings(on: Asking) {
  return {
    setting: (key: string) => on(v.nullable(text), 'get_config', key),
    settings: (keys: readonly string[]) => on(byId(v.nullable(text)), 'batch_get_config', keys),
    set: (values: Readonly<Record<string, string | null>>) => on(nothing, 'batch_set_config', values),
    /** A notice of the engine's own that is not to come. */
    leaveOut: (notice: string) => on(v.nullable(number), 'add_device_message', notice, null),
    transports: () => on(v.array(transportSchema), 'list_transports'),
    login: ({ address, password, lanHost, imapPort, smtpPort }: Transport) => {
      const host = lanHost ?? '127.0.0.1'
      const security = lanHost === null ? 'plain' : 'ssl'
      // Of the node's own certificate nobody else can say more than that it is its own.
      const certificateChecks = lanHost === null ? 'automatic' : 'acceptInvalidCertificates'
      return on(nothing, 'add_or_update_transport', {
        ...{ addr: address, password, certificateChecks },
        ...{ imapServer: host, imapPort, imapSecurity: security, imapFolder: null, imapUser: null },
        ...{ smtpServer: host, smtpPort, smtpSecurity: security, smtpUser: null, smtpPassword: null },
      })
    },
    startIo: () => on(nothing, 'start_io'),
    blobFolder: () => on(v.nullable(text), 'get_blob_dir'),
    code: (link: string) => on(codeSchema, 'check_qr', link),
    follow: (link: string) => on(number, 'secure_join', link),
    /** Only for codes of one's own that `code` has told to be invites: others would change the account. */
    withdraw: (link: string) => on(nothing, 'set_config_from_qr', link),
    invite: (chat: number | null) => on(text, 'get_chat_securejoin_qr_code', chat),
    endOngoing: () => on(nothing, 'stop_ongoing_process'),
  }
}

function chats(on: Asking) {
  return {
    chatIds: (flags: number, query: string | null) => on(numbers, 'get_chatlist_entries', flags, query, null),
    rows: (ids: readonly number[]) => on(byId(rowSchema), 'get_chatlist_items_by_entries', ids),
    fresh: () => on(numbers, 'get_fresh_msgs'),
    basicChat: (chat: number) => on(basicChatSchema, 'get_basic_chat_info', chat),
    chat: (chat: number) => on(chatSchema, 'get_full_chat_by_id', chat),
    description: (chat: number) => on(text, 'get_chat_description', chat),
    chatWith: (contact: number) => on(number, 'create_chat_by_contact_id', contact),
    setVisibility: (chat: number, place: string) => on(nothing, 'set_chat_visibility', chat, place),
    mute: (chat: number, how: { readonly kind: string; readonly duration?: number }) =>
      on(nothing, 'set_chat_mute_duration', chat, how),
    deleteChat: (chat: number) => on(nothing, 'delete_chat', chat),
    acceptChat: (chat: number) => on(nothing, 'accept_chat', chat),
    blockChat: (chat: number) => on(nothing, 'block_chat', chat),
    noticed: (chat: number) => on(nothing, 'marknoticed_chat', chat),
    chatEncryption: (chat: number) => on(text, 'get_chat_encryption_info', chat),
    timer: (chat: number) => on(number, 'get_chat_ephemeral_timer', chat),
    setTimer: (chat: number, seconds: number) => on(nothing, 'set_chat_ephemeral_timer', chat, seconds),
    media: (chat: number | null, [one, other, third]: readonly string[]) =>
      on(numbers, 'get_chat_media', chat, one, other ?? null, third ?? null),
  }
}

function groups(on: Asking) {
  return {
    createGroup: (name: string) => on(number, 'create_group_chat', name, false),
    createChannel: (name: string) => on(number, 'create_broadcast', name),
    rename: (chat: number, name: string) => on(nothing, 'set_chat_name', chat, name),
    describe: (chat: number, description: string) => on(nothing, 'set_chat_description', chat, description),
    setPicture: (chat: number, path: string | null) => on(nothing, 'set_chat_profile_image', chat, path),
    addMember: (chat: number, contact: number) => on(nothing, 'add_contact_to_chat', chat, contact),
    removeMember: (chat: number, contact: number) => on(nothing, 'remove_contact_from_chat', chat, contact),
    leave: (chat: number) => on(nothing, 'leave_group', chat),
  }
}

function messages(on: Asking) {
  return {
    /** Also where each day begins. */
    list: (chat: number) => on(v.array(listItemSchema), 'get_message_list_items', chat, false, true),
    firstUnread: (chat: number) => on(v.nullable(number), 'get_first_unread_message_of_chat', chat),
    existing: (ids: readonly number[]) => on(numbers, 'get_existing_msg_ids', ids),
    message: (id: number) => on(messageSchema, 'get_message', id),
    messages: (ids: readonly number[]) => on(byId(loadedSchema), 'get_messages', ids),
    html: (id: number) => on(v.nullable(text), 'get_message_html', id),
    info: (id: number) => on(messageInfoSchema, 'get_message_info_object', id),
    infoText: (id: number) => on(text, 'get_message_info', id),
    receipts: (id: number) => on(v.array(receiptSchema), 'get_message_read_receipts', id),
    search: (query: string, chat: number | null) => on(numbers, 'search_messages', query, chat),
    found: (ids: readonly number[]) => on(byId(foundSchema), 'message_ids_to_search_results', ids),
  }
}

export interface MessageDraft {
  readonly text: string | null
  readonly file: string | null
  readonly filename: string | null
  readonly viewtype: string | null
  readonly quotedMessageId: number | null
}

function sending(on: Asking) {
  return {
    send: (chat: number, draft: MessageDraft) =>
      on(number, 'send_msg', chat, {
        ...draft,
        ...{ html: null, location: null, overrideSenderName: null, quotedText: null },
      }),
    draft: (chat: number) => on(v.nullable(messageSchema), 'get_draft', chat),
    setDraft: (chat: number, { text, file, filename, quotedMessageId, viewtype }: MessageDraft) =>
      on(nothing, 'misc_set_draft', chat, text, file, filename, quotedMessageId, viewtype),
    removeDraft: (chat: number) => on(nothing, 'remove_draft', chat),
    edit: (id: number, words: string) => on(nothing, 'send_edit_request', id, words),
    delete: (ids: readonly number[]) => on(nothing, 'delete_messages', ids),
    deleteForAll: (ids: readonly number[]) => on(nothing, 'delete_messages_for_all', ids),
    forward: (ids: readonly number[], chat: number) => on(nothing, 'forward_messages', ids, chat),
    resend: (ids: readonly number[]) => on(nothing, 'resend_messages', ids),
    save: (ids: readonly number[]) => on(nothing, 'save_msgs', ids),
    react: (id: number, emoji: readonly string[]) => on(nothing, 'send_reaction', id, emoji),
    seen: (ids: readonly number[]) => on(nothing, 'markseen_msgs', ids),
    fetch: (id: number) => on(nothing, 'download_full_message', id),
  }
}

function people(on: Asking) {
  return {
    contactIds: (query: string | null) => on(numbers, 'get_contact_ids', 0, query),
    blocked: () => on(v.array(contactSchema), 'get_blocked_contacts'),
    contact: (id: number) => on(contactSchema, 'get_contact', id),
    contacts: (ids: readonly number[]) => on(byId(contactSchema), 'get_contacts_by_ids', ids),
    renameContact: (id: number, name: string) => on(nothing, 'change_contact_name', id, name),
    block: (id: number) => on(nothing, 'block_contact', id),
    unblock: (id: number) => on(nothing, 'unblock_contact', id),
    deleteContact: (id: number) => on(nothing, 'delete_contact', id),
    contactEncryption: (id: number) => on(text, 'get_contact_encryption_info', id),
    card: (ids: readonly number[]) => on(text, 'make_vcard', ids),
    readCard: (vcard: string) => on(numbers, 'import_vcard_contents', vcard),
    readCardFile: (path: string) => on(numbers, 'import_vcard', path),
  }
}

/** Those that are about accounts as such: for the room itself, never for people. */
export function engineAccounts(ask: Ask) {
  const all: Asking = async (schema, method, ...params) => v.parse(schema, await ask(method, params))
  return {
    all: () => all(numbers, 'get_all_account_ids'),
    add: () => all(number, 'add_account'),
    remove: (account: number) => all(nothing, 'remove_account', account),
    setting: (account: number, key: string) => all(v.nullable(text), 'get_config', account, key),
    set: (account: number, key: string, value: string) => all(nothing, 'set_config', account, key, value),
    /** The network may have changed: connections are tried at once. */
    maybeNetwork: () => all(nothing, 'maybe_network'),
  }
}
