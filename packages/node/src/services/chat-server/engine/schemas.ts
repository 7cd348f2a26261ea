/** What the engine answers, as far as it is shown to people. What it adds in later versions is left aside. */
import * as v from 'valibot'

/** Accounts, chats, messages, contacts, counts. */
export const number = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
export const numbers = v.array(number)
export const nothing = v.any()
const time = v.pipe(v.number(), v.safeInteger())
const text = v.fallback(v.string(), '')
const maybe = <Schema extends v.GenericSchema>(schema: Schema) => v.optional(v.nullable(schema), null)
const color = v.fallback(v.pipe(v.string(), v.regex(/^#[0-9a-f]{6}$/i)), '#808080')
const flag = v.boolean()
const path = maybe(v.string())

export const contactSchema = v.object({
  ...{ id: number, address: text, color, authName: text, displayName: text, name: text, status: text },
  ...{ e2eeAvail: flag, isVerified: flag, isBlocked: flag, isBot: flag, isKeyContact: flag },
  ...{ profileImage: path, lastSeen: time },
})

export const rowSchema = v.variant('kind', [
  v.object({
    kind: v.literal('ChatListItem'),
    ...{ id: number, name: text, avatarPath: path, color, chatType: text, lastUpdated: maybe(time) },
    ...{ summaryText1: text, summaryText2: text, summaryStatus: number, freshMessageCounter: number },
    ...{ isGroup: flag, isSelfTalk: flag, isDeviceTalk: flag, isContactRequest: flag },
    ...{ isPinned: flag, isArchived: flag, isMuted: flag },
    ...{ dmChatContact: maybe(number), lastMessageId: maybe(number) },
  }),
  v.object({ kind: v.literal('ArchiveLink') }),
  v.object({ kind: v.literal('Error'), id: number }),
])

export const basicChatSchema = v.object({
  ...{ id: number, name: text, chatType: text, profileImage: path, isContactRequest: flag, isDeviceChat: flag },
})

export const chatSchema = v.object({
  ...{ id: number, name: text, color, chatType: text, profileImage: path },
  ...{ isSelfTalk: flag, isDeviceChat: flag, isContactRequest: flag, isEncrypted: flag, isMuted: flag },
  ...{ archived: flag, pinned: flag, selfInGroup: flag, canSend: flag },
  ...{ contactIds: numbers, freshMessageCounter: number, ephemeralTimer: number },
})

const quoteSchema = v.variant('kind', [
  v.object({ kind: v.literal('JustText'), text }),
  v.object({
    kind: v.literal('WithMessage'),
    ...{ messageId: number, text, viewType: text, authorDisplayName: text, authorDisplayColor: color, image: path },
    overrideSenderName: maybe(v.string()),
  }),
])

const reactionsSchema = v.object({
  reactionsByContact: v.record(v.string(), v.array(v.string())),
  reactions: v.array(v.object({ emoji: v.string(), count: number, isFromSelf: flag })),
})

export const messageSchema = v.object({
  ...{ id: number, chatId: number, text, viewType: text, state: number, error: maybe(v.string()) },
  ...{ timestamp: time, sortTimestamp: time, receivedTimestamp: time },
  ...{ isInfo: flag, isForwarded: flag, isEdited: flag, hasHtml: flag, showPadlock: flag },
  ...{ fromId: number, sender: contactSchema, overrideSenderName: maybe(v.string()) },
  ...{ file: path, fileName: maybe(v.string()), fileMime: maybe(v.string()), fileBytes: number },
  ...{ dimensionsWidth: time, dimensionsHeight: time, duration: time, downloadState: text },
  ...{ savedMessageId: maybe(number), originalMsgId: maybe(number) },
  ...{ quote: maybe(quoteSchema), reactions: maybe(reactionsSchema) },
  vcardContact: maybe(v.object({ addr: text, displayName: text, color })),
})

export const loadedSchema = v.variant('kind', [
  v.object({ kind: v.literal('message'), ...messageSchema.entries }),
  v.object({ kind: v.literal('loadingError'), error: text }),
])

export const listItemSchema = v.variant('kind', [
  v.object({ kind: v.literal('message'), msg_id: number }),
  v.object({ kind: v.literal('dayMarker'), timestamp: time }),
])

export const foundSchema = v.object({
  ...{ id: number, chatId: number, chatName: text, authorName: text, message: text, timestamp: time },
})

export const messageInfoSchema = v.object({
  rfc724Mid: text,
  ephemeralTimer: v.variant('kind', [
    v.object({ kind: v.literal('disabled') }),
    v.object({ kind: v.literal('enabled'), duration: number }),
  ]),
})

export const receiptSchema = v.object({ contactId: number, timestamp: time })

/** Of a scanned code what is told of it; its secrets stay in the text that was scanned. */
export const codeSchema = v.looseObject({ kind: v.string() })

export const transportSchema = v.object({
  ...{ addr: v.string(), password: v.string() },
  ...{ imapServer: maybe(v.string()), imapPort: maybe(number), smtpPort: maybe(number) },
})

export type EngineContact = v.InferOutput<typeof contactSchema>
export type EngineRow = Extract<v.InferOutput<typeof rowSchema>, { kind: 'ChatListItem' }>
export type EngineChat = v.InferOutput<typeof chatSchema>
export type EngineMessage = v.InferOutput<typeof messageSchema>
export type EngineQuote = NonNullable<EngineMessage['quote']>
export type EngineCode = v.InferOutput<typeof codeSchema>
