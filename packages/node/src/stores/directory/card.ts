/**
 * A node's card: what others need to write to it, signed by itself. People pass it on as one `posthorn:` link, as a QR
 * code or as a file that holds the link.
 *
 * Bytes, in XDR (RFC 4506): magic, signing key, exchange key, noise key, name, domains, addresses, traits, time of
 * issue in ms since 1970, and an Ed25519 signature over all of that.
 */
import {
  FormatError,
  nodeIdOf,
  type PrivateIdentity,
  type PublicIdentity,
  type Suite,
  XdrReader,
  XdrWriter,
} from '@posthorn/nncp'

export interface Card {
  readonly identity: PublicIdentity
  readonly name: string
  readonly domains: readonly string[]
  /** Where the node can be called; URLs. */
  readonly addresses: readonly string[]
  /** It answers packets with acknowledgements by itself. */
  readonly acknowledges: boolean
  /** Over a live line it takes small packets together with their offers, unasked. */
  readonly pushes?: boolean
  /** It understands control packets, and gives receipts for letters. */
  readonly receipts?: boolean
  /** Relays may tell it which of its letters passed them. */
  readonly asksPassing?: boolean
  readonly issuedAt: number
}

const cardLimits = {
  linkCharactersMax: 8192,
  nameBytesMax: 40,
  domainsMax: 32,
  addressesMax: 32,
  textBytesMax: 255,
} as const

const magic = new Uint8Array([0x50, 0x48, 0x43, 0x41, 0x52, 0x44, 0x00, 0x01])
const keyBytes = 32
const signatureBytes = 64
/** 4 and 8. */
const traitsAndTimeBytes = 12
const acknowledgesBit = 1
const pushesBit = 2
const receiptsBit = 4
const asksPassingBit = 8
const scheme = 'posthorn:'

export function cardLink(suite: Suite, identity: PrivateIdentity, card: Omit<Card, 'identity'>): string {
  const writer = new XdrWriter()
    .fixedOpaque(magic)
    .fixedOpaque(identity.signingKey)
    .fixedOpaque(identity.exchangeKey)
    .fixedOpaque(identity.noiseKey)
    .string(card.name)
  writeStrings(writer, card.domains)
  writeStrings(writer, card.addresses)
  const signed = writer.u32(traitsOf(card)).u64(card.issuedAt).bytes()
  const signature = suite.ed25519Sign(identity.signingSeed, signed)
  return scheme + Buffer.concat([signed, signature]).toString('base64url')
}

/**
 * The card in a link. Traits that a newer version may add are passed over.
 * @throws FormatError codes of the XDR reader, `bad-magic`, `bad-signature`, `bad-identity`, `too-large`.
 */
export function parseCardLink(suite: Suite, link: string): Card {
  if (link.length > cardLimits.linkCharactersMax) throw new FormatError('too-large', 'the link is too long for a card')
  if (!link.startsWith(scheme)) throw new FormatError('bad-magic', 'a card link begins with posthorn:')
  const bytes = bytesOf(link)
  const signed = bytes.subarray(0, bytes.length - signatureBytes)
  const reader = new XdrReader(signed)
  if (Buffer.compare(reader.fixedOpaque(magic.length), magic) !== 0) {
    throw new FormatError('bad-magic', 'this is no card, or one of a later version')
  }
  const signingKey = copy(reader.fixedOpaque(keyBytes))
  if (!suite.ed25519Verify(signingKey, signed, bytes.subarray(-signatureBytes))) {
    throw new FormatError('bad-signature', 'the card was altered: its signature does not fit')
  }
  const identity: PublicIdentity = {
    id: nodeIdOf(suite, signingKey),
    signingKey,
    exchangeKey: copy(reader.fixedOpaque(keyBytes)),
    noiseKey: copy(reader.fixedOpaque(keyBytes)),
  }
  const name = reader.string(cardLimits.nameBytesMax)
  const domains = readStrings(reader, cardLimits.domainsMax)
  const addresses = readStrings(reader, cardLimits.addressesMax)
  const traits = reader.u32()
  const issuedAt = reader.size()
  reader.end()
  checkWords({ name, domains, addresses })
  const acknowledges = (traits & acknowledgesBit) !== 0
  const pushes = (traits & pushesBit) !== 0
  const receipts = (traits & receiptsBit) !== 0
  const asked = (traits & asksPassingBit) !== 0
  return { identity, name, domains, addresses, acknowledges, pushes, receipts, asksPassing: asked, issuedAt }
}

/** Whether the node of a card takes pushes. For links that were parsed, and so proven, when they were taken in. */
export function takesPushes(link: string): boolean {
  return (traitsIn(link) & pushesBit) !== 0
}

/** Whether the node of a card gives receipts for letters; of links as above. */
export function givesReceipts(link: string): boolean {
  return (traitsIn(link) & receiptsBit) !== 0
}

/** Whether the node of a card asks relays to tell it what passed; of links as above. */
export function asksPassing(link: string): boolean {
  return (traitsIn(link) & asksPassingBit) !== 0
}

function traitsIn(link: string): number {
  const bytes = bytesOf(link)
  // The traits and the time of issue stand last.
  return new XdrReader(bytes.subarray(-signatureBytes - traitsAndTimeBytes, -signatureBytes)).u32()
}

function traitsOf({ acknowledges, pushes, receipts, asksPassing: asks }: Omit<Card, 'identity'>): number {
  const bits: readonly [boolean | undefined, number][] = [
    [acknowledges, acknowledgesBit],
    [pushes, pushesBit],
    [receipts, receiptsBit],
    [asks, asksPassingBit],
  ]
  return bits.reduce((traits, [has, bit]) => (has === true ? traits | bit : traits), 0)
}

function bytesOf(link: string): Buffer {
  const text = link.slice(scheme.length)
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.toString('base64url') !== text) throw new FormatError('truncated', 'the link is cut or altered')
  if (bytes.length < signatureBytes + traitsAndTimeBytes) throw new FormatError('truncated', 'the link is cut')
  return bytes
}

/** The first card link in a text: a file may hold remarks around it. */
export function findCardLink(text: string): string | undefined {
  return /posthorn:[A-Za-z0-9_-]+/.exec(text)?.[0]
}

/** Whoever signed a card chose its words: they are shown on terminals and compared with domains of mail. */
function checkWords({ name, domains, addresses }: Pick<Card, 'name' | 'domains' | 'addresses'>): void {
  const fault = (what: string) => new FormatError('bad-identity', `the card has ${what} that cannot be one`)
  if (!nodeName.test(name)) throw fault('a name')
  if (!domains.every(domain => domainName.test(domain))) throw fault('a domain')
  if (!addresses.every(address => plainWord.test(address))) throw fault('an address')
}

const nodeName = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/
/** Lower case, at least two labels, as a node's own configuration has them. */
const domainName = /^(?:[a-z0-9_](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/
const plainWord = /^[\x21-\x7e]+$/

function writeStrings(writer: XdrWriter, values: readonly string[]): void {
  writer.u32(values.length)
  for (const value of values) writer.string(value)
}

function readStrings(reader: XdrReader, countMax: number): string[] {
  const count = reader.u32()
  if (count > countMax) throw new FormatError('too-large', `the card lists more than ${countMax} entries`)
  return Array.from({ length: count }, () => reader.string(cardLimits.textBytesMax))
}

function copy(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes)
}
