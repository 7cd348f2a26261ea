/**
 * FETCH of what a store has noted of messages: of many at a time, without waiting for each. The answers are those that
 * reading the messages gives; what is not noted is read.
 */
import type { FetchItem } from '../grammar/fetch-items.ts'
import type { FolderNotes, MessageRow } from '../mailbox.ts'
import { AddressTexts, envelopeText } from '../message/envelope.ts'
import type { NotedHead } from '../message/head.ts'
import { chosenFields, type HeaderField, headerFields } from '../message/headers.ts'
import type { Session } from '../session/session.ts'
import { isRowItem, noteTold, rowText } from './fetch-row.ts'

/** Messages whose headers the store is asked for at once. */
const HEADERS_AT_ONCE = 128
/** Letters of headers gone through before others have their turn. */
const LETTERS_AT_ONCE = 128 * 1024

type SectionItem = Extract<FetchItem, { kind: 'section' }>

function isHeaderSection({ section }: SectionItem): boolean {
  return section.path.length === 0 && ['header', 'fields', 'fields-not'].includes(section.part)
}

/** Can all of the items be answered from rows and from what is noted? */
export function areNotable(items: readonly FetchItem[]): boolean {
  return items.every(item => {
    if (item.kind === 'section') return isHeaderSection(item)
    return isRowItem(item) || item.kind === 'envelope' || item.kind === 'body-structure'
  })
}

/** Answers of one message; its fields are looked for once. */
class NotedMessage {
  readonly #row: MessageRow
  readonly #head: NotedHead
  readonly #addresses: AddressTexts
  #fields: readonly HeaderField[] | undefined

  constructor(row: MessageRow, head: NotedHead, addresses: AddressTexts) {
    this.#row = row
    this.#head = head
    this.#addresses = addresses
  }

  get #allFields(): readonly HeaderField[] {
    this.#fields ??= headerFields(this.#head.text)
    return this.#fields
  }

  /** Undefined when it has to be read. */
  text(item: FetchItem): string | undefined {
    if (item.kind === 'envelope') return `ENVELOPE ${envelopeText(this.#allFields, this.#addresses)}`
    if (item.kind === 'section') return this.#section(item)
    if (item.kind !== 'body-structure') return rowText(this.#row, item)
    return this.#head.structure === null ? undefined : `BODYSTRUCTURE ${this.#head.structure}`
  }

  #section({ label, section, partial }: SectionItem): string | undefined {
    const isWhole = section.part === 'header'
    const all = isWhole ? this.#whole() : chosenFields(this.#head.text, section.names, section.part === 'fields')
    if (all === undefined) return undefined
    const text = partial === undefined ? all : all.slice(partial.start, partial.start + partial.length)
    return isWhole && text === '' ? `${label} ""` : `${label} {${text.length}}\r\n${text}`
  }

  /** With the blank line after it, where there is one. */
  #whole(): string | undefined {
    const { text, bodyStart } = this.#head
    if (bodyStart > this.#row.sizeBytes) return undefined
    if (bodyStart === text.length) return text
    return bodyStart === text.length + 2 ? `${text}\r\n` : undefined
  }
}

/** What stands between the brackets of an answer; undefined when the message has to be read. */
function answer(message: NotedMessage, items: readonly FetchItem[]): string | undefined {
  let all = ''
  for (const item of items) {
    const text = message.text(item)
    if (text === undefined) return undefined
    all += all === '' ? text : ` ${text}`
  }
  return all
}

/**
 * @param items for which `areNotable` holds, and of which none marks messages as seen.
 * @param read answers for a message that is not noted; `false` when it is gone.
 * @returns `false` when a message was gone. @throws SessionEnded
 */
export async function tellNoted(
  session: Session,
  notes: FolderNotes,
  indexes: readonly number[],
  items: readonly FetchItem[],
  read: (index: number) => Promise<boolean>,
): Promise<boolean> {
  const { view, responder, limits } = session
  let complete = true
  let letters = 0
  for (let at = 0; at < indexes.length; at += HEADERS_AT_ONCE) {
    const addresses = new AddressTexts(limits.addressesMax)
    const some = indexes.slice(at, at + HEADERS_AT_ONCE)
    const heads = await notes.headers(some.map(index => view.uid(index)))
    for (const index of some) {
      const row = view.row(index)
      const head = heads.get(row.uid)
      const known = !view.isGone(row.uid) && head !== undefined && head.text.length <= limits.headerBytesMax
      const text = known ? answer(new NotedMessage(row, head, addresses), items) : undefined
      if (text === undefined) {
        if (!(await read(index))) complete = false
        await responder.roomForMore()
        continue
      }
      responder.untagged(`${index + 1} FETCH (${text})`)
      noteTold(session, view, row.uid, items)
      letters += head?.text.length ?? 0
      if (letters < LETTERS_AT_ONCE) continue
      letters = 0
      await responder.roomForMore()
      await session.breathe()
    }
    await responder.roomForMore()
  }
  return complete
}
