/** Flags as clients send them. */
import type { Flag } from '../mailbox.ts'
import { LimitFault, SyntaxFault } from '../session/faults.ts'
import type { Cursor } from './cursor.ts'

export const systemFlags: readonly Flag[] = ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft']

/** System flags in their one spelling; keywords as they are. Undefined for `\Recent`, which nobody can set. */
function known(flag: string): Flag | undefined {
  if (!flag.startsWith('\\')) return flag
  const lower = flag.toLowerCase()
  const system = systemFlags.find(each => each.toLowerCase() === lower)
  if (system === undefined && lower !== '\\recent') throw new SyntaxFault('Unknown system flag')
  return system
}

function checked(flags: readonly string[], cursor: Cursor): Flag[] {
  if (flags.length > cursor.limits.flagsMax) throw new LimitFault('flagsMax', 'Too many flags')
  return [...new Set(flags.map(known).filter(flag => flag !== undefined))]
}

/** `(\Seen todo)` @throws SyntaxFault, LimitFault */
export function flagList(cursor: Cursor): Flag[] {
  return checked(
    cursor.list(() => cursor.flag()),
    cursor,
  )
}

/** A list, or flags with spaces between them, as STORE allows. @throws SyntaxFault, LimitFault */
export function flagArguments(cursor: Cursor): Flag[] {
  if (cursor.peek() === '(') return flagList(cursor)
  const flags = [cursor.flag()]
  while (cursor.skip(' ')) flags.push(cursor.flag())
  return checked(flags, cursor)
}
