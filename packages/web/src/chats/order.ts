import type { ChatRow } from '@posthorn/api'

/** Requests are looked for among so many chats from the top; further down they stand where their time puts them. */
export const requestsAmong = 200

/** The ids of the list with the requests on top: somebody waits for an answer there. */
export function requestsFirst(
  ids: readonly number[],
  held: ReadonlyMap<number, Pick<ChatRow, 'request'> | null>,
): readonly number[] {
  const top = ids.slice(0, requestsAmong)
  const isRequest = (id: number) => held.get(id)?.request === true
  const requests = top.filter(isRequest)
  if (requests.length === 0) return ids
  return [...requests, ...top.filter(id => !isRequest(id)), ...ids.slice(requestsAmong)]
}

/** Whether there are only chats that everybody has: notes to oneself, and the engine's. Not while that is unknown. */
export function isAlone(
  ids: readonly number[],
  held: ReadonlyMap<number, Pick<ChatRow, 'self' | 'device'> | null>,
): boolean {
  return ids.every(id => {
    const row = held.get(id)
    return row?.self === true || row?.device === true
  })
}

/** The chat that stands `steps` below another; the first or last one where the list ends, or where it is not in it. */
export function chatBeside(ids: readonly number[], current: number | undefined, steps: 1 | -1): number | undefined {
  const at = current === undefined ? -1 : ids.indexOf(current)
  if (at === -1) return steps === 1 ? ids[0] : ids.at(-1)
  return ids[Math.min(Math.max(at + steps, 0), ids.length - 1)]
}
