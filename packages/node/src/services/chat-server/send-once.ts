/**
 * Sending once what is asked for twice, because the answer to the first asking was lost. Its key is kept in the account
 * itself, before the message is made and after; when the engine ended in between, the chat is looked at.
 */
import type { CheckedParamsOf } from '@posthorn/api'
import * as v from 'valibot'
import type { Desk } from './desk.ts'
import { chatServerLimits } from './limits.ts'
import { loadMessages } from './load-messages.ts'

type Order = Pick<CheckedParamsOf<'messages.send'>, 'chat' | 'text' | 'file'>

const sentKey = 'ui.posthorn.sent'
const self = 1
const msPerSecond = 1000

/** The latest last. */
const sentSchema = v.array(
  v.object({
    key: v.string(),
    at: v.number(),
    /** Null: nobody knows whether it was made. */
    message: v.nullable(v.number()),
  }),
)

type Sent = v.InferOutput<typeof sentSchema>[number]

/** @param send makes the message; answers its number, as this does. */
export function sendOnce(desk: Desk, key: string, order: Order, send: () => Promise<number>): Promise<number> {
  // In turn: two askings with one key may come at the same time.
  return desk.sending.run(async () => {
    const sent = await readSent(desk)
    const known = sent.find(other => other.key === key)
    const made = known === undefined ? null : (known.message ?? (await findMade(desk, order, known, sent)))
    if (known?.message === made && made !== null) return made
    const others = sent.filter(other => other !== known)
    const at = known?.at ?? desk.now()
    if (made === null) await keepSent(desk, [...others, { key, at, message: null }])
    const message = made ?? (await send())
    await keepSent(desk, [...others, { key, at, message }])
    return message
  })
}

async function readSent({ calls }: Desk): Promise<readonly Sent[]> {
  const kept = await calls.setting(sentKey)
  return kept === null || kept === '' ? [] : v.parse(sentSchema, JSON.parse(kept))
}

async function keepSent({ calls }: Desk, sent: readonly Sent[]): Promise<void> {
  await calls.set({ [sentKey]: JSON.stringify(sent.slice(-chatServerLimits.keysKept)) })
}

/** One's own message in the chat that was made since and says the same; null where there is none. */
async function findMade(desk: Desk, order: Order, { at }: Sent, sent: readonly Sent[]): Promise<number | null> {
  const items = await desk.calls.list(order.chat)
  const ids = items.flatMap(item => (item.kind === 'message' ? [item.msg_id] : []))
  const latest = ids.sort((one, other) => other - one).slice(0, chatServerLimits.keysKept)
  const name = typeof order.file === 'object' ? order.file.name : undefined
  const found = (await loadMessages(desk, latest)).findLast(
    ({ id, fromId, text, timestamp, fileName }) =>
      fromId === self &&
      text.trim() === order.text.trim() &&
      (name === undefined || fileName === name) &&
      timestamp >= Math.floor(at / msPerSecond) &&
      !sent.some(other => other.message === id),
  )
  return found?.id ?? null
}
