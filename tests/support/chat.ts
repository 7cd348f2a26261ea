/** What a person does in Delta Chat, in the words of its JSON-RPC. */
import type { CoreEvent, DeltaChat } from './deltachat.ts'

export interface Message {
  readonly id: number
  readonly chatId: number
  readonly text: string
  readonly viewType: string
  readonly fileBytes: number
  readonly downloadState: string
  readonly state: number
  readonly quote: { readonly text: string } | null
  readonly reactions: { readonly reactions: readonly { readonly emoji: string; readonly count: number }[] } | null
}

export class Person {
  readonly core: DeltaChat
  readonly account: number

  constructor(core: DeltaChat, account: number) {
    this.core = core
    this.account = account
  }

  invite(chat: number | null = null): Promise<string> {
    return this.core.call('get_chat_securejoin_qr_code', this.account, chat)
  }

  scan(invite: string): Promise<number> {
    return this.core.call('secure_join', this.account, invite)
  }

  sendText(chat: number, text: string): Promise<number> {
    return this.core.call('misc_send_text_message', this.account, chat, text)
  }

  send(
    chat: number,
    data: { text?: string; file?: string; viewtype?: string; quotedMessageId?: number },
  ): Promise<number> {
    const empty = { text: null, html: null, viewtype: null, file: null, filename: null, location: null }
    const rest = { overrideSenderName: null, quotedMessageId: null, quotedText: null }
    return this.core.call('send_msg', this.account, chat, { ...empty, ...rest, ...data })
  }

  react(message: number, emoji: string): Promise<number> {
    return this.core.call('send_reaction', this.account, message, [emoji])
  }

  message(id: number): Promise<Message> {
    return this.core.call('get_message', this.account, id)
  }

  /** Ids of the messages of a chat, oldest first. */
  messageIds(chat: number): Promise<number[]> {
    return this.core.call('get_message_ids', this.account, chat, false, false)
  }

  accept(chat: number): Promise<void> {
    return this.core.call('accept_chat', this.account, chat)
  }

  contacts(): Promise<number[]> {
    return this.core.call('get_contact_ids', this.account, 0, null)
  }

  /** The next incoming message that fits. */
  async incoming(fits: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const event = await this.event('IncomingMsg')
      const message = await this.message(Number(event.fields['msgId']))
      if (fits(message)) return message
    }
  }

  /** Resolves when the message looks as it should, now or after some change to it. */
  async becomes(id: number, fits: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const { eventCount } = this.core
      const message = await this.message(id)
      if (fits(message)) return message
      await this.core.eventsAfter(eventCount)
    }
  }

  event(kind: string, fits?: (fields: CoreEvent['fields']) => boolean): Promise<CoreEvent> {
    return this.core.event(this.account, kind, fits)
  }
}
