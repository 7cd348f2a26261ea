/** What people do in chats, by calls of the API, however those are made. */
import type { EventName, EventOf, MessageView, MethodName, ParamsOf, ResultOf } from '@posthorn/api'
import { vi } from 'vitest'

const patienceMs = 30_000

interface Told {
  readonly user: string
  readonly event: EventName
  readonly data: unknown
}

export abstract class Chatting {
  /** Events, in their order. */
  readonly told: Told[] = []

  abstract call<N extends MethodName>(user: string, name: N, params: ParamsOf<N>): Promise<ResultOf<N>>

  /** The one can write to the other at once: by their vCard. Answers the chat and the contact. */
  async acquaint(user: string, other: string): Promise<{ chat: number; other: number }> {
    const { vcard } = await this.call(other, 'contacts.card', { ids: [1] })
    const [contact = 0] = (await this.call(user, 'contacts.read', { vcard })).ids
    return { chat: (await this.call(user, 'chats.with', { contact })).chat, other: contact }
  }

  async message(user: string, id: number): Promise<MessageView | undefined> {
    return (await this.call(user, 'messages.get', { ids: [id] }))[0]
  }

  /** Resolves with the message of this text that somebody else wrote, when it came. */
  async came(user: string, text: string): Promise<MessageView> {
    return this.find(user, message => message.text === text)
  }

  async find(user: string, fits: (message: MessageView) => boolean): Promise<MessageView> {
    return vi.waitFor(
      async () => {
        const ids = this.happened(user, 'messages.came').map(({ message }) => message)
        const messages = await this.call(user, 'messages.get', { ids: [...new Set(ids)] })
        const found = messages.find(fits)
        if (found === undefined) throw new Error(`no such message came; there are ${JSON.stringify(messages)}`)
        return found
      },
      { timeout: patienceMs, interval: 50 },
    )
  }

  async becomes(user: string, id: number, fits: (message: MessageView) => boolean): Promise<MessageView> {
    return vi.waitFor(
      async () => {
        const message = await this.message(user, id)
        if (message === undefined || !fits(message)) throw new Error(`it is ${JSON.stringify(message)}`)
        return message
      },
      { timeout: patienceMs, interval: 50 },
    )
  }

  happened<N extends EventName>(user: string, event: N): readonly EventOf<N>[] {
    return this.told.filter(told => told.user === user && told.event === event).map(({ data }) => data as EventOf<N>)
  }
}
