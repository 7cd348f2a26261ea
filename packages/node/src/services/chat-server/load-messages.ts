import { OperatingError } from '../../base/errors.ts'
import type { Desk } from './desk.ts'
import type { EngineMessage } from './engine/schemas.ts'
import { chatServerLimits } from './limits.ts'

const specialMax = 9
/** What somebody began to write is kept as a message, and is none: nobody may think that it was sent. */
const draftState = 19

/**
 * In the order asked for; those that are gone are left out, drafts too, and so is one that is too large to be told of.
 */
export async function loadMessages(desk: Desk, ids: readonly number[]): Promise<EngineMessage[]> {
  const own = ids.filter(id => id > specialMax)
  const { messagesAtOnce } = chatServerLimits
  const parts: EngineMessage[][] = []
  for (let start = 0; start < own.length; start += messagesAtOnce) {
    parts.push(await loadPart(desk, own.slice(start, start + messagesAtOnce)))
  }
  return parts.flat()
}

async function loadPart(desk: Desk, ids: readonly number[]): Promise<EngineMessage[]> {
  try {
    const loaded = await desk.calls.messages(ids)
    return ids.flatMap(id => {
      const message = loaded[id]
      return message?.kind === 'message' && message.state !== draftState ? [message] : []
    })
  } catch (error) {
    if (!(error instanceof OperatingError && error.code === 'engine-answer-too-long')) throw error
    if (ids.length === 1) return []
    const middle = Math.ceil(ids.length / 2)
    return [...(await loadPart(desk, ids.slice(0, middle))), ...(await loadPart(desk, ids.slice(middle)))]
  }
}
