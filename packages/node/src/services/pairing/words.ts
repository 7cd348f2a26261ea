/**
 * The words of an invite: six of the 2048 English words of BIP 39, which are short, common, and told apart by their
 * first four letters.
 *
 * The first word names the invite and is said in the clear, so that a guess at large mostly hits none. The other five
 * are the secret: 55 bits, of which each attempt tries one value.
 */
import type { RandomSource } from '@posthorn/nncp'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { present } from '../../base/assert.ts'
import { OperatingError } from '../../base/errors.ts'

const wordsOfInvite = 6
const tellingLetters = 4
const known: ReadonlySet<string> = new Set(wordlist)
const byBeginning: ReadonlyMap<string, string> = new Map(wordlist.map(word => [word.slice(0, tellingLetters), word]))

/** Six words, parted by blanks. */
export function newWords(random: RandomSource): string {
  // 2^16 is a multiple of 2048: each word is as likely as any other.
  const bytes = Buffer.from(random(2 * wordsOfInvite))
  return Array.from({ length: wordsOfInvite }, (_, at) =>
    present(wordlist[bytes.readUInt16BE(2 * at) % wordlist.length], 'a word'),
  ).join(' ')
}

/**
 * What a person typed, as the invite has it: case, blanks, hyphens and all but the first four letters do not matter.
 * Nothing was tried yet when it throws: a slip costs no attempt.
 * @throws OperatingError `bad-words`.
 */
export function readWords(text: string): string {
  const typed = text
    .trim()
    .toLowerCase()
    .split(/[\s,-]+/)
  if (typed.length !== wordsOfInvite) throw badWords(`An invite has ${wordsOfInvite} words; these are ${typed.length}.`)
  const words = typed.map(word => (known.has(word) ? word : byBeginning.get(word.slice(0, tellingLetters))))
  const wrong = words.indexOf(undefined)
  if (wrong >= 0) throw badWords(`Word ${wrong + 1} is not one that invites are made of.`)
  return words.join(' ')
}

/** The first word, which says which invite is meant. */
export function inviteNamed(words: string): string {
  return words.split(' ')[0] ?? ''
}

function badWords(what: string): OperatingError {
  return new OperatingError(`${what} Look at them again; nothing was tried yet.`, { code: 'bad-words', retry: 'never' })
}
