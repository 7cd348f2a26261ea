/** A message of an area on its way to those who get it from us: as it is, sealed anew for each of them. */
import { idPath, type NodeId } from '@posthorn/nncp'
import type { Area, Neighbour } from '../../../stores/directory/directory.ts'
import type { Body, NewOutbound } from '../../../stores/spool/spool.ts'
import { type SealContext, stageFor } from '../seal.ts'

/** Subscribers that are neighbours now, but for those who have the message already. */
export async function recipientsOf(
  { directory }: SealContext,
  area: Area,
  except: readonly NodeId[],
): Promise<readonly Neighbour[]> {
  const recipients: Neighbour[] = []
  for (const id of area.subscribers) {
    const neighbour = except.includes(id) ? undefined : await directory.neighbours.get(id)
    if (neighbour !== undefined) recipients.push(neighbour)
  }
  return recipients
}

export interface CopiesToSeal {
  readonly area: NodeId
  readonly message: Body
  readonly niceness: number
  readonly kind: 'letter' | 'relayed'
  readonly to: readonly Neighbour[]
  readonly at: number
}

/** One packet for each; the caller commits or discards them. None is left behind when it rejects. */
export async function sealCopies(
  context: SealContext,
  copies: CopiesToSeal,
  signal: AbortSignal,
): Promise<readonly NewOutbound[]> {
  const { area, message, niceness, kind, at } = copies
  const sealed: NewOutbound[] = []
  try {
    for (const to of copies.to) {
      // NNCP writes the niceness 0 into packets of this type.
      const plain = { type: 'area', niceness: 0, path: idPath(area) } as const
      const { staged, nextHop } = await stageFor(context, to, { plain, body: message.read(), niceness }, signal)
      const route = { nextHop, destination: to.identity.id, niceness, kind, at }
      sealed.push({ staged, ...route, messageId: null, acknowledges: null })
    }
    return sealed
  } catch (error) {
    for (const { staged } of sealed) await staged.discard()
    throw error
  }
}
