/** By which names the mail knows messages: for who asks the node where they are. */
import type { Desk } from './desk.ts'
import { answerOf } from './desk.ts'
import type { EngineMessage } from './engine/schemas.ts'
import { loadMessages } from './load-messages.ts'

export interface ChatLetter {
  readonly message: number
  /**
   * The Message-ID of the mail, without angle brackets. What goes ahead of a large file has another one, which the
   * engine does not tell: this is that of the mail with the file.
   */
  readonly messageId: string
  readonly mine: boolean
  /** By its sender's clock. */
  readonly sentAt: number
  /** 0: no file. */
  readonly fileBytes: number
}

const self = 1
const draftState = 19
const msPerSecond = 1000

/** In the order asked for; those that are gone, and those that are no mail, are left out. */
export async function lettersOf(desk: Desk, ids: readonly number[]): Promise<readonly ChatLetter[]> {
  const messages = await loadMessages(desk, ids)
  const letters = await Promise.all(messages.filter(isMail).map(message => letterOf(desk, message)))
  return letters.filter(letter => letter !== undefined)
}

function isMail({ state, fromId }: EngineMessage): boolean {
  const isOfEngine = fromId > self && fromId <= 9
  return state !== draftState && !isOfEngine
}

async function letterOf({ calls }: Desk, message: EngineMessage): Promise<ChatLetter | undefined> {
  const { id, fromId, timestamp, fileBytes } = message
  const info = await answerOf(calls.info(id))
  if (info === undefined || info.rfc724Mid === '') return undefined
  const facts = { mine: fromId === self, sentAt: timestamp * msPerSecond, fileBytes }
  return { message: id, messageId: info.rfc724Mid, ...facts }
}
