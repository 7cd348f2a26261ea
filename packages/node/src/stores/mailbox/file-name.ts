/**
 * The names of letters in a Maildir: `<unix seconds>.<key>.posthorn,U=<uid>-<uidvalidity>,S=<size>:2,<flags>`.
 *
 * So the UID, the arrival, the size and the flags survive the loss of the index. `key` tells where the letter is from:
 * `D…` a delivery (a hash of its id and its user, so that the same delivery is known again), `F…` another program (a
 * hash of the name that gave it), `A…` a client (random). A letter that is held back has no UID yet, but its number in
 * the queue: `<unix seconds>.<key>.posthorn,N=<number>,S=<size>`.
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
  /^(\d{1,12})\.([ADF][A-Z2-7]{26,52})\.posthorn(?:,U=(\d{1,10})-(\d{1,10}))?(?:,N=(\d{1,15}))?,S=(\d{1,15})$/
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

export function withFlags(base: string, flags: readonly string[]): string {
  return `cur/${base}:2,${lettersOf(flags)}`
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

export function foreignKey(base: string, user: string): string {
  return `F${hashOf(['foreign', base, user])}`
}

export function randomKey(random: RandomSource): string {
  return `A${encodeBase32(random(20))}`
}

function hashOf(parts: readonly string[]): string {
  return encodeBase32(createHash('sha256').update(JSON.stringify(parts)).digest()).slice(0, 26)
}

/** In the order in which names have them. */
const letters: readonly (readonly [letter: string, flag: string])[] = [
  ['D', '\\Draft'],
  ['F', '\\Flagged'],
  ['R', '\\Answered'],
  ['S', '\\Seen'],
  ['T', '\\Deleted'],
]

export function lettersOf(flags: readonly string[]): string {
  return letters
    .filter(([, flag]) => flags.includes(flag))
    .map(([letter]) => letter)
    .join('')
}

/** The system flags that a file name carries. */
export function flagsOfName(file: string): string[] {
  const info = /:2,([A-Za-z]*)$/.exec(file)?.[1] ?? ''
  return letters.filter(([letter]) => info.includes(letter)).map(([, flag]) => flag)
}
