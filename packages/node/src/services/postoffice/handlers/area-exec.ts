/**
 * Programs that messages of areas call.
 *
 * A program takes its time, so it runs before the message has its turn, in the lane of its handle: mail and other
 * messages do not wait for it. What came of it is then noted with the message, as all that is done of one. It promises
 * what is promised for programs of neighbours. The message was proven when it came, and is read to its end once more
 * before the program begins.
 */
import {
  encryptedHeaderBytes,
  FormatError,
  isPrivateArea,
  openAreaMessage,
  parseExecPath,
  parseNodePath,
  readAreaMessage,
} from '@posthorn/nncp'
import { isAbort, messageOf, OperatingError } from '../../../base/errors.ts'
import type { NewOutbound } from '../../../stores/spool/spool.ts'
import { Beginning } from '../beginning.ts'
import type { AreaContext, AreaPacket } from './area.ts'
import { type ExecContext, type ExecOutcome, handleExec } from './exec.ts'

/** Half of the work on a message: passing it on, or acting on it. */
export interface Deed {
  readonly done: boolean
  /** Not done, why, and whether it may be later. */
  readonly reason?: string
  readonly later?: boolean
  readonly delayMs?: number
  /** Where it is to be done. */
  readonly lane?: string
  /** What is to leave because of it. */
  readonly outbound?: readonly NewOutbound[]
  readonly fields?: Record<string, unknown>
}

/**
 * Runs the program that the message calls. Undefined: there is nothing to run, or not any more; what else is to be said
 * of the message is said in its turn. The packet is read, or closed.
 */
export async function runForArea(
  { areas, exec }: { readonly areas: AreaContext; readonly exec: ExecContext },
  { packet, opened: outer }: AreaPacket,
  signal: AbortSignal,
): Promise<Deed | undefined> {
  const { directory, spool, suite } = areas.seal
  try {
    const area = await directory.areas.get(parseNodePath(outer.plain.path))
    if (area === undefined || !isPrivateArea(area)) return undefined
    const beginning = new Beginning(encryptedHeaderBytes)
    const authorOf = async (author: typeof outer.header.sender) => (await directory.neighbours.get(author))?.identity
    const opened = await openAreaMessage({ suite, area, authorOf, source: beginning.of(outer.body) })
    const { id } = readAreaMessage(suite, area.id, beginning.bytes())
    const { plain, proven } = opened
    const isExec = plain.type === 'exec' || plain.type === 'exec-fat'
    if (!isExec || (!proven && !area.allowUnknown) || (await spool.inbox.heard(id))?.actedOn === true) return undefined
    const { handle: name, args } = parseExecPath(plain.path)
    const found = exec.handles.findForArea(area, name)
    if (found.kind === 'refused') return undefined
    const caller = { id: area.id, name: `area:${area.name}`, domain: null }
    return deedOf(await handleExec(exec, { packet, id, caller, opened, handle: found.handle, name, args }, signal))
  } catch (error) {
    return failedDeed(error)
  } finally {
    await outer.close()
  }
}

/** What fails for a passing reason must not hold up those who wait for the message behind us. */
export function failedDeed(error: unknown): Deed {
  if (isAbort(error)) throw error
  const never = error instanceof FormatError || (error instanceof OperatingError && error.retry === 'never')
  return { done: false, reason: messageOf(error), later: !never }
}

function deedOf(outcome: ExecOutcome): Deed {
  const { fields = {} } = outcome
  if (outcome.kind === 'done') return { done: true, outbound: outcome.outbound, fields }
  const { reason } = outcome
  if (outcome.kind === 'again') return { done: false, reason, later: true, delayMs: outcome.delayMs, fields }
  return { done: false, reason, outbound: outcome.outbound ?? [], fields }
}
