/**
 * The names of letters in a Maildir: `<unix seconds>.<key>.posthorn,U=<uid>-<uidvalidity>,S=<size>:2,<flags>`.
 *
 * So the UID, the arrival, the size and the flags survive the loss of the index. `key` tells where the letter is from:
 * `D…` a delivery (a hash of its id and its user, so that the same delivery is known again), `F…` another program (a
 * hash of the file it came as), `I…` an import (a hash of its content), `A…` a client (random). A letter that is held
 * back has no UID yet, but its number in the queue: `<unix seconds>.<key>.posthorn,N=<number>,S=<size>`.
 */
import { createHash } from 'node:crypto'
import { encodeBase32, type RandomSource } from '@posthorn/nncp'

export interface LetterFacts {
  readonly seconds: number
  readonly key: string
  readonly sizeBytes: number
}

export interface LetterName extends LetterFacts {
  readonly uid: number | null
  readonly uidValidity: number | null
  /** Place in the queue of what is held back. */
  readonly number: number | null
}

const pattern =
  /^(\d{1,12})\.([ADFI][A-Z2-7]{26,52})\.posthorn(?:,U=(\d{1,10})-(\d{1,10}))?(?:,N=(\d{1,15}))?,S=(\d{1,15})$/
/** 130 bits. */
const keyCharacters = 26
const secondsMax = 253_402_300_799 // the end of the year 9999

/** Names in a Maildir end in `:2,` and the letters of the flags; what stands before it never changes. */
export function baseOf(file: string): string {
  const name = file.slice(file.lastIndexOf('/') + 1)
  const colon = name.indexOf(':')
  return colon === -1 ? name : name.slice(0, colon)
}

export function parseLetterName(base: string): LetterName | undefined {
  const match = pattern.exec(base)
  if (match === null) return undefined
  const [, seconds, key = '', uid, uidValidity, number, sizeBytes] = match
  return {
    seconds: Number(seconds),
    key,
    uid: uid === undefined ? null : Number(uid),
    uidValidity: uidValidity === undefined ? null : Number(uidValidity),
    number: number === undefined ? null : Number(number),
    sizeBytes: Number(sizeBytes),
  }
}

/** The file of a letter, below its folder. */
export function letterFile(
  letter: LetterFacts,
  place: { uid: number; uidValidity: number; flags: readonly string[] },
): string {
  const { seconds, key, sizeBytes } = letter
  return withFlags(`${seconds}.${key}.posthorn,U=${place.uid}-${place.uidValidity},S=${sizeBytes}`, place.flags)
}

/** The file of a letter that is held back, below `held`. */
export function heldFile(letter: LetterFacts, number: number): string {
  const { seconds, key, sizeBytes } = letter
  return `new/${seconds}.${key}.posthorn,N=${number},S=${sizeBytes}`
}

/** The file with these flags. Letters in `file` that mean none of them are another program's, and stay. */
export function withFlags(file: string, flags: readonly string[]): string {
  const foreign = infoOf(file)
    .split('')
    .filter(letter => letters.every(([ours]) => ours !== letter))
  const info = [...lettersOf(flags).split(''), ...foreign].sort().join('')
  return `cur/${baseOf(file)}:2,${info}`
}

function infoOf(file: string): string {
  return /:2,([A-Za-z]*)$/.exec(file)?.[1] ?? ''
}

/** Whole seconds since 1970 within the bounds of a name. */
export function secondsOf(timeMs: number): number {
  return Math.min(Math.max(0, Math.floor(timeMs / 1000)), secondsMax)
}

export function deliveryKey(deliveryId: string, user: string): string {
  return `D${hashOf(['delivery', deliveryId, user])}`
}

/** Not in a name: how a Message-ID is remembered. */
export function messageIdKey(messageId: string, user: string): string {
  return `M${hashOf(['message-id', messageId, user])}`
}

/** @param came the name of its file, and what tells that file from another one that had the same name. */
export function foreignKey(came: { base: string; identity: string; changedAtNs: bigint }, user: string): string {
  return `F${hashOf(['foreign', came.base, came.identity, `${came.changedAtNs}`, user])}`
}

/** @param digest SHA-256 of the letter as it is kept. */
export function contentKey(digest: Uint8Array): string {
  return `I${encodeBase32(digest).slice(0, keyCharacters)}`
}

export function randomKey(random: RandomSource): string {
  return `A${encodeBase32(random(20))}`
}

function hashOf(parts: readonly string[]): string {
  return encodeBase32(createHash('sha256').update(JSON.stringify(parts)).digest()).slice(0, keyCharacters)
}

/** In the order in which names have them. `P`, passed on, is a keyword in IMAP. */
const letters: readonly (readonly [letter: string, flag: string])[] = [
  ['D', '\\Draft'],
  ['F', '\\Flagged'],
  ['P', '$Forwarded'],
  ['R', '\\Answered'],
  ['S', '\\Seen'],
  ['T', '\\Deleted'],
]

export function lettersOf(flags: readonly string[]): string {
  const known = new Set(flags.map(flag => flag.toLowerCase()))
  return letters
    .filter(([, flag]) => known.has(flag.toLowerCase()))
    .map(([letter]) => letter)
    .join('')
}

/** The flags that a file name carries. */
export function flagsOfName(file: string): string[] {
  const info = infoOf(file)
  return letters.filter(([letter]) => info.includes(letter)).map(([, flag]) => flag)
}

/** The flags of a letter whose file another program has renamed: only what the two names say differently changes. */
export function renamedFlags(before: readonly string[], from: string, to: string): string[] {
  const [old, now] = [flagsOfName(from), flagsOfName(to)]
  const lost = new Set(old.filter(flag => !now.includes(flag)).map(flag => flag.toLowerCase()))
  return [...before.filter(flag => !lost.has(flag.toLowerCase())), ...now.filter(flag => !old.includes(flag))]
}
