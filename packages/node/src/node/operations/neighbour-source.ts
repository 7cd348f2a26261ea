/**
 * What a person hands over to make a neighbour known: a `posthorn:` card link, a file that holds one, or the public
 * keys
 * of a stock NNCP node, in JSON or as they stand in its configuration.
 */
import { FormatError, type PublicIdentity, parsePublicIdentity, type Suite } from '@posthorn/nncp'
import hjson from 'hjson'
import { OperatingError } from '../../base/errors.ts'
import { tcpAddressIn } from '../../links/address.ts'
import { type Card, findCardLink, parseCardLink } from '../../stores/directory/card.ts'

export type NeighbourSource = { readonly kind: 'card'; readonly card: Card; readonly link: string } | NncpSource

interface NncpSource {
  readonly kind: 'nncp'
  readonly identity: PublicIdentity
  readonly addresses: readonly string[]
}

const sourceCharactersMax = 1024 * 1024
const addressesMax = 32

/** @throws OperatingError `bad-card`, in words that say what is wrong with it. */
export function readNeighbourSource(suite: Suite, text: string): NeighbourSource {
  if (text.length > sourceCharactersMax) throw bad('It is too large for a card.')
  const link = findCardLink(text)
  try {
    if (link !== undefined) return { kind: 'card', card: parseCardLink(suite, link), link }
    const keys = keysIn(text)
    if (keys === undefined) throw bad('It holds neither a posthorn: link nor the public keys of an NNCP node.')
    return { kind: 'nncp', identity: parsePublicIdentity(suite, keys), addresses: addressesOf(keys['addrs']) }
  } catch (error) {
    if (error instanceof FormatError) throw bad(`It cannot be trusted: ${error.message}.`)
    throw error
  }
}

type Table = Readonly<Record<string, unknown>>

/** The object with the keys: the text itself, or `neigh.self` or `self` of a whole NNCP configuration. */
function keysIn(text: string): Table | undefined {
  let value: unknown
  try {
    value = hjson.parse(text)
  } catch {
    return undefined
  }
  const top = table(value)
  const candidates = [table(table(top?.['neigh'])?.['self']), table(top?.['self']), top]
  return candidates.find(candidate => candidate !== undefined && Object.hasOwn(candidate, 'signpub'))
}

function addressesOf(value: unknown): string[] {
  const entries = Object.values(table(value) ?? {})
  return entries
    .filter(entry => typeof entry === 'string' && /^[\x21-\x7e]{1,255}$/.test(entry))
    .slice(0, addressesMax)
    .flatMap(entry => tcpAddressIn(String(entry)))
}

/** A plain table; own members only are looked at, since a configuration may name `__proto__`. */
function table(value: unknown): Table | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.fromEntries(Object.entries(value))
}

function bad(what: string): OperatingError {
  return new OperatingError(`This is not the card of a node. ${what} Ask for it again: posthorn card show`, {
    code: 'bad-card',
    retry: 'never',
  })
}
