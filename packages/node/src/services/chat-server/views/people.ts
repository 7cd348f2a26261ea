import type { Avatar, ContactView } from '@posthorn/api'
import type { EngineContact } from '../engine/schemas.ts'
import { type FileOwner, servedPath } from './paths.ts'

const msPerSecond = 1000

interface AvatarOf {
  readonly owner: FileOwner
  readonly id: number
  readonly file: string | null
  readonly color: string
  readonly name: string
}

export function avatarView({ owner, id, file, color, name }: AvatarOf): Avatar {
  return { path: servedPath(owner, id, file), color, initials: initialsOf(name) }
}

const graphemes = new Intl.Segmenter()

/** Of the first and the last word, as people write them. */
function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter(word => /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(word))
  const shown = words.length > 1 ? [words[0], words.at(-1)] : words
  const first = (word = '') => [...graphemes.segment(word.replace(/^[^\p{L}\p{N}\p{Extended_Pictographic}]+/u, ''))][0]
  return shown.map(word => first(word)?.segment.toLocaleUpperCase('en') ?? '').join('')
}

export function contactAvatar({ id, profileImage, color, displayName }: EngineContact): Avatar {
  return avatarView({ owner: 'contact', id, file: profileImage, color, name: displayName })
}

export function contactView(contact: EngineContact): ContactView {
  const { id, displayName, authName, address, status, isVerified, e2eeAvail, isBlocked, isBot, lastSeen } = contact
  return {
    ...{ id, name: displayName, ownName: authName, address, status, avatar: contactAvatar(contact) },
    ...{ verified: isVerified, reachable: e2eeAvail, blocked: isBlocked, bot: isBot },
    lastSeen: lastSeen > 0 ? lastSeen * msPerSecond : null,
  }
}
