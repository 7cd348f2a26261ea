/** Programs that NNCP lets a neighbour run, as handles of this node. */
import type { NncpConfig, NncpNeighbour, NncpNotice } from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import type { NeighbourHandle } from '../../stores/directory/directory.ts'
import { checkHandleName, mailPlacePattern } from '../../stores/directory/names.ts'
import type { MovingNote } from './notes.ts'

/** `sendmail` is mail here, and no program: `leftOut` tells of it. */
export function handlesOf(
  { name: neighbour, exec }: NncpNeighbour,
  { notify }: Pick<NncpConfig, 'notify'>,
): { handles: readonly NeighbourHandle[]; notes: readonly MovingNote[] } {
  const notes: MovingNote[] = []
  const handles = Object.entries(exec).flatMap(([name, command]) => {
    if (name === 'sendmail') return []
    const what = `neigh.${neighbour}.exec.${name}`
    if (!isUsable(name, command)) {
      notes.push({
        what,
        why: 'Its name or its command cannot be used: there are NULs in it, or the name is too long or taken.',
      })
      return []
    }
    if (/^[^/]+\//.test(command[0] ?? '')) {
      notes.push({ what, why: 'Programs run in / here, and this one has no whole path: add it again with one.' })
    }
    const key = noticeKey(notify.exec, neighbour, name)
    const notice = key === undefined ? undefined : notify.exec[key]
    if (key !== undefined && notice !== undefined) notes.push(noteOf(`notify.exec.${key}`, notice))
    const usable = notice !== undefined && mailPlacePattern.test(notice.to)
    const resultFrom = usable && mailPlacePattern.test(notice.from) ? notice.from : null
    return [{ name, command, resultFrom, resultTo: usable ? [notice.to] : [] }]
  })
  return { handles, notes }
}

/** The entry of `notify.exec` for a handle of a neighbour. */
export function noticeKey(
  notices: Readonly<Record<string, NncpNotice>>,
  neighbour: string,
  handle: string,
): string | undefined {
  return [`${neighbour}.${handle}`, `*.${handle}`].find(key => Object.hasOwn(notices, key))
}

function noteOf(what: string, { to }: NncpNotice): MovingNote {
  const why = mailPlacePattern.test(to)
    ? 'Its letters go to people of this node and of neighbours only, and also when a program was given up.'
    : 'Its address cannot be used here. Give another one: posthorn handle add … --result-to ADDRESS.'
  return { what, why }
}

function isUsable(name: string, command: readonly string[]): boolean {
  try {
    checkHandleName(name)
  } catch (error) {
    if (error instanceof OperatingError) return false
    throw error
  }
  return command.every(word => !word.includes('\0'))
}
