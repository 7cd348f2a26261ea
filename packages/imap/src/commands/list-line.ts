/** One `LIST` answer that no LIST asked for: in SELECT of IMAP4rev2, and where a folder came, went or changed. */
import type { FolderInfo } from '../mailbox.ts'
import type { Session } from '../session/session.ts'

interface ListLineOptions {
  /** The name it had, or that the client gave (RFC 9051 section 6.3.9.7). */
  readonly oldName?: string | undefined
  /** Is `\Subscribed` told? */
  readonly tellsSubscribed?: boolean
}

/** `LIST (…) "/" "name"`, with `\NonExistent` for a name that is not among the folders. */
export function listLine(
  session: Session,
  folders: readonly FolderInfo[],
  name: string,
  { oldName, tellsSubscribed = false }: ListLineOptions = {},
): string {
  const info = folders.find(each => each.name === name)
  const hasChildren = folders.some(each => each.name.startsWith(`${name}/`))
  const attributes = info === undefined ? ['\\NonExistent'] : []
  if (tellsSubscribed && info?.subscribed) attributes.push('\\Subscribed')
  attributes.push(hasChildren ? '\\HasChildren' : '\\HasNoChildren')
  if (info?.specialUse) attributes.push(info.specialUse)
  const old = oldName === undefined ? '' : ` ("OLDNAME" (${session.nameText(oldName)}))`
  return `LIST (${attributes.join(' ')}) "/" ${session.nameText(name)}${old}`
}
