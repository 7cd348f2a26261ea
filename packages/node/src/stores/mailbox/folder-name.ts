/**
 * Folder names, and the directory names they have in a Maildir++ (dots between levels, a dot in front).
 *
 * A level is written in modified UTF-7 (RFC 3501 §5.1.3), as Dovecot and Courier do, so that other tools show it right;
 * the dot, which would end the level, is written in its Base64 too (`&AC4-`). So each name has one directory name and
 * back, all of it is printable ASCII, and none can begin with a second dot, hold a slash or mean a parent directory.
 */
import type { SpecialUse } from '@posthorn/imap'
import { mailboxLimits } from './limits.ts'

export const inboxName = 'INBOX'

const specialUses: ReadonlyMap<string, SpecialUse> = new Map([
  ['drafts', '\\Drafts'],
  ['sent', '\\Sent'],
  ['trash', '\\Trash'],
  ['junk', '\\Junk'],
  ['spam', '\\Junk'],
  ['archive', '\\Archive'],
])

/** RFC 6154: by the usual names; null for the others. */
export function specialUseOf(name: string): SpecialUse | null {
  return specialUses.get(name.toLowerCase()) ?? null
}

/** Why no folder can have this name, for people; `undefined` when one can. */
export function folderNameFault(name: string): string | undefined {
  if (/[\p{Cc}\p{Surrogate}]/u.test(name)) return 'A folder name cannot have control characters.'
  const levels = name.split('/')
  if (levels.includes('')) return 'A folder name cannot have an empty level.'
  if (levels.some(level => level.trim() === '')) return 'A folder name cannot be blank.'
  // INBOX is the one name that is the same in any case; a twin of it would be unreachable.
  if (name !== inboxName && name.toUpperCase() === inboxName) return 'There is an INBOX already.'
  if (directoryOf(name).length > mailboxLimits.folderNameBytesMax) return 'This folder name is too long.'
  return undefined
}

/** The directory of a folder, below the user's own; empty for INBOX. */
export function directoryOf(name: string): string {
  return name === inboxName ? '' : `.${name.split('/').map(encodeLevel).join('.')}`
}

/** The folder that a directory is, or `undefined` when it is none that we could have named so. */
export function folderOf(directory: string): string | undefined {
  if (!directory.startsWith('.')) return undefined
  const levels = directory.slice(1).split('.').map(decodeLevel)
  const name = levels.join('/')
  if (levels.includes(undefined) || folderNameFault(name) !== undefined) return undefined
  // Another spelling of the same name would be a twin.
  return directoryOf(name) === directory ? name : undefined
}

const direct = /^[\x20-\x25\x27-\x2d\x30-\x7e]$/

function encodeLevel(level: string): string {
  let text = ''
  let pending = ''
  const flush = () => {
    if (pending === '') return
    const bytes = Buffer.from(pending, 'utf16le').swap16()
    text += `&${bytes.toString('base64').replaceAll('=', '').replaceAll('/', ',')}-`
    pending = ''
  }
  for (const unit of level.split('')) {
    if (direct.test(unit)) {
      flush()
      text += unit
    } else if (unit === '&') {
      flush()
      text += '&-'
    } else pending += unit
  }
  flush()
  return text
}

function decodeLevel(text: string): string | undefined {
  let level = ''
  for (const part of text.split(/(&[A-Za-z0-9+,]*-)/)) {
    if (part === '&-') level += '&'
    else if (part.startsWith('&')) {
      const bytes = Buffer.from(part.slice(1, -1).replaceAll(',', '/'), 'base64')
      if (!part.endsWith('-') || bytes.length % 2 !== 0) return undefined
      level += bytes.swap16().toString('utf16le')
    } else level += part
  }
  return level
}
