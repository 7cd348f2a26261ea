/**
 * GETMETADATA and SETMETADATA (RFC 5464). What a person sets under `/private` is the store's to keep, each person's for
 * themselves; `/shared` is what the node says of itself, and only to be read.
 */
import { binaryOf, binaryOfText, bytesOf } from '../grammar/bytes.ts'
import type { Cursor } from '../grammar/cursor.ts'
import { mailboxName } from '../grammar/names.ts'
import type { Refusal } from '../mailbox.ts'
import { quoted } from '../respond/quote.ts'
import { LimitFault, SyntaxFault } from '../session/faults.ts'
import { type Command, no, ok, type Reply, refusal } from '../session/reply.ts'
import type { Session } from '../session/session.ts'
import { knownUse } from './folders.ts'

/**
 * A value here would let Delta Chat send to more recipients at once than the submission takes, and send its push token.
 */
const NEVER_TOLD = '/shared/vendor/deltachat/maxsmtprecipients'
/** Where phones put that token. It has no use without the Internet, so it is not kept. */
const PUSH_TOKEN = '/private/devicetoken'
/** RFC 6154 section 4. */
const SPECIAL_USE = '/private/specialuse'
/** What there can be of the node, for questions that name only what is above it. */
const sharedEntries = ['/shared/admin', '/shared/comment']

/** RFC 5464 section 3.2: slashes between, none at the end, and no wildcards. Case does not matter. */
function entryName(args: Cursor): string {
  const name = args.astring('Entry')
  if (!/^(?:\/[!-.0-~]{1,255})+$/.test(name) || name.length > 255 || /[*%"\\]/.test(name)) {
    throw new SyntaxFault('Entry expected')
  }
  return name
}

function bounded<Item>(items: readonly Item[], args: Cursor): readonly Item[] {
  if (items.length > args.limits.metadataEntriesMax) throw new LimitFault('metadataEntriesMax', 'Too many entries')
  if (items.length === 0) throw new SyntaxFault('Entry expected')
  return items
}

/** One entry or a list of them. @throws SyntaxFault, LimitFault */
export function metadataEntries(args: Cursor): readonly string[] {
  return bounded(args.peek() === '(' ? args.list(() => entryName(args)) : [entryName(args)], args)
}

interface GetOptions {
  readonly sizeBytesMax: number
  /** Levels below an entry that belong to the answer. */
  readonly depth: number
}

function getOptions(args: Cursor): GetOptions {
  let sizeBytesMax = Number.POSITIVE_INFINITY
  let depth = 0
  args.list(() => {
    const word = args.word('MAXSIZE or DEPTH')
    args.space()
    if (word === 'MAXSIZE') sizeBytesMax = args.number('Size')
    else if (word === 'DEPTH') {
      const text = args.word('Depth')
      if (!['0', '1', 'INFINITY'].includes(text)) throw new SyntaxFault('Depth is 0, 1 or infinity')
      depth = text === 'INFINITY' ? Number.POSITIVE_INFINITY : Number(text)
    } else throw new SyntaxFault('MAXSIZE or DEPTH expected')
  })
  return { sizeBytesMax, depth }
}

/** The server is the empty name. */
function owner(args: Cursor): string {
  return args.skip('""') ? '' : mailboxName(args)
}

/** All values that there are, by entry. */
async function valuesOf(session: Session, name: string, asked: readonly string[]) {
  const own = await session.account.annotations(name)
  if ('refused' in own) return own
  const values = new Map([...own].map(([entry, bytes]) => [entry, binaryOf(bytes)] as const))
  for (const entry of name === '' ? [...sharedEntries, ...asked.map(each => each.toLowerCase())] : []) {
    const shared = entry.startsWith('/shared/') && entry !== NEVER_TOLD ? session.options.metadata(entry) : null
    if (shared !== null) values.set(entry, binaryOfText(shared))
  }
  return values
}

/** Entries within `depth` levels below one, in order. */
function below(entry: string, depth: number, values: ReadonlyMap<string, string>): string[] {
  const above = `${entry.toLowerCase()}/`
  const levels = above.split('/').length
  const found = [...values.keys()].filter(key => key.startsWith(above) && key.split('/').length - levels < depth)
  return found.sort()
}

function valueText(binary: string | undefined): string {
  if (binary === undefined) return 'NIL'
  // Only a literal of RFC 3516 may hold NUL.
  return binary.includes('\0') ? `~{${binary.length}}\r\n${binary}` : quoted(binary)
}

interface Answer {
  readonly text: string
  /** Of the longest value that was left out; 0 when none was. */
  readonly longestLeftOut: number
}

async function answerOf(
  session: Session,
  name: string,
  asked: readonly string[],
  { sizeBytesMax, depth }: GetOptions,
): Promise<Answer | Refusal> {
  const values = await valuesOf(session, name, asked)
  if ('refused' in values) return values
  const shown = new Map<string, string>()
  let longestLeftOut = 0
  for (const entry of asked) {
    for (const each of [entry, ...below(entry, depth, values)]) {
      const value = values.get(each.toLowerCase())
      const size = value?.length ?? 0
      if (size > sizeBytesMax) longestLeftOut = Math.max(longestLeftOut, size)
      else if (!shown.has(each)) shown.set(each, `${quoted(each)} ${valueText(value)}`)
    }
  }
  const texts = [...shown.values()]
  const text = texts.length === 0 ? '' : `METADATA ${session.nameText(name)} (${texts.join(' ')})`
  return { text, longestLeftOut }
}

/** The answer for one folder, for LIST (RFC 9590). */
export async function metadataText(
  session: Session,
  name: string,
  asked: readonly string[],
): Promise<string | Refusal> {
  const answer = await answerOf(session, name, asked, { sizeBytesMax: Number.POSITIVE_INFINITY, depth: 0 })
  return 'refused' in answer ? answer : answer.text
}

export const getMetadata: Command = {
  when: 'logged-in',
  news: 'all',
  async run(session, args) {
    args.space()
    let options: GetOptions = { sizeBytesMax: Number.POSITIVE_INFINITY, depth: 0 }
    if (args.peek() === '(') {
      options = getOptions(args)
      args.space()
    }
    const name = owner(args)
    args.space()
    const asked = metadataEntries(args)
    args.end()
    const answer = await answerOf(session, name, asked, options)
    if ('refused' in answer) return refusal(answer)
    if (answer.text !== '') session.responder.untagged(answer.text)
    const { longestLeftOut } = answer
    return ok('Getmetadata completed', longestLeftOut > 0 ? `METADATA LONGENTRIES ${longestLeftOut}` : undefined)
  },
}

type Change = readonly [entry: string, value: string | null]

function changesIn(args: Cursor): readonly Change[] {
  const changes = args.list((): Change => {
    const entry = entryName(args).toLowerCase()
    args.space()
    return [entry, args.nstring8('Value')]
  })
  return bounded(changes, args)
}

/** Why a change cannot be made, whatever the store says. */
function refusedChange([entry, value]: Change, session: Session): Reply | undefined {
  const { metadataValueBytesMax } = session.limits
  if (entry.startsWith('/shared/')) return no('What is shared is for the node alone to say', 'NOPERM')
  if (!entry.startsWith('/private/')) return { status: 'BAD', text: 'Entries begin with /private or /shared' }
  if (entry === PUSH_TOKEN) return no('This node does not push through the Internet', 'CANNOT')
  if (value === null) return undefined
  if (entry === SPECIAL_USE && knownUse(value) === undefined) return no('This is no special use here', 'USEATTR')
  if (value.length <= metadataValueBytesMax) return undefined
  return no('The value is too large', `METADATA MAXSIZE ${metadataValueBytesMax}`)
}

export const setMetadata: Command = {
  when: 'logged-in',
  news: 'all',
  async run(session, args) {
    args.space()
    const name = owner(args)
    args.space()
    const changes = changesIn(args)
    args.end()
    for (const change of changes) {
      const refused = refusedChange(change, session)
      if (refused !== undefined) return refused
    }
    const values = changes.map(([entry, value]) => [entry, value === null ? null : bytesOf(value)] as const)
    const refused = await session.account.annotate(name, new Map(values))
    if (refused?.refused === 'limit') return no(refused.text, 'METADATA TOOMANY')
    return refused === undefined ? ok('Setmetadata completed') : refusal(refused)
  },
}
