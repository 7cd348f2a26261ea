/**
 * Which letters are Delta Chat's: encrypted chat messages and the handshakes that begin a chat. The app keeps its own
 * copy of them, and leaves them behind in INBOX when it has several devices, or does not know what to do with them.
 *
 * Told by what the app writes outside of the encryption (measured with its cores 1.160 to 2.62): `Secure-Join` on a
 * handshake in the clear; on everything encrypted `Chat-Version`, or, on newer handshakes, the subject `[...]` and no
 * recipients. Letters that other programs encrypt have neither.
 */
import { mailboxLimits } from './limits.ts'

const hiddenRecipients = /^"?hidden-recipients"?:\s*;$/i

/** @param header of the letter, up to the empty line or a part of it. */
export function isChatMail(header: string): boolean {
  const fields = new Map<string, string>()
  for (const line of header.replaceAll(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const [, name, value = ''] = /^([!-9;-~]+):(.*)$/.exec(line) ?? []
    if (name !== undefined && !fields.has(name.toLowerCase())) fields.set(name.toLowerCase(), value.trim())
  }
  if (fields.has('secure-join')) return true
  if (!/^multipart\/encrypted\s*(?:;|$)/i.test(fields.get('content-type') ?? '')) return false
  if (fields.has('chat-version')) return true
  return fields.get('subject') === '[...]' && hiddenRecipients.test(fields.get('to') ?? '')
}

/** Keeps the header of a letter that passes by. */
export class HeaderKeeper {
  #text = ''
  #whole = false

  async *of(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      this.#look(chunk)
      yield chunk
    }
  }

  get header(): string {
    return this.#text
  }

  #look(chunk: Uint8Array): void {
    if (this.#whole) return
    const room = mailboxLimits.chatHeaderBytesMax - this.#text.length
    this.#text += Buffer.from(chunk.buffer, chunk.byteOffset, Math.min(chunk.length, room)).toString('latin1')
    const end = /\r?\n\r?\n/.exec(this.#text)
    if (end !== null) this.#text = this.#text.slice(0, end.index)
    this.#whole = end !== null || chunk.length >= room
  }
}

export async function headerOf(source: AsyncIterable<Uint8Array>): Promise<string> {
  const keeper = new HeaderKeeper()
  for await (const _ of keeper.of(source));
  return keeper.header
}
