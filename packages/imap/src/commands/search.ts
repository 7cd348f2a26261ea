/** SEARCH (RFC 9051 section 6.4.4), with RETURN (RFC 4731) and `$` (RFC 5182). */
import { knowsCharset, searchProgram } from '../grammar/search-keys.ts'
import { type SearchReturn, searchReturn } from '../grammar/search-return.ts'
import { uidSetText } from '../grammar/sequence.ts'
import { type Matches, matching } from '../search/matching.ts'
import { SyntaxFault } from '../session/faults.ts'
import { type Command, no, ok } from '../session/reply.ts'
import type { Session } from '../session/session.ts'

/** IMAP4rev2 answers every SEARCH so (RFC 9051 section 6.4.4). */
const everything: SearchReturn = { min: false, max: false, all: true, count: false, save: false }

export const badCharset = no('This charset is not supported', 'BADCHARSET (US-ASCII UTF-8)')

/** RFC 5182 section 2.4: with MIN or MAX alone, only these are kept. */
function saved(found: readonly number[], asked: SearchReturn): readonly number[] {
  if (asked.all || asked.count || (!asked.min && !asked.max)) return found
  const ends = [...(asked.min ? found.slice(0, 1) : []), ...(asked.max ? found.slice(-1) : [])]
  return [...new Set(ends)]
}

/** The greatest modification sequence among messages, as answers tell it; empty when it was not asked for. */
function modseqText(session: Session, matches: Matches, indexes: readonly number[]): string {
  if (!matches.modseqs || indexes.length === 0) return ''
  let greatest = 0
  for (const index of indexes) greatest = Math.max(greatest, session.view.row(index).modseq)
  return `MODSEQ ${greatest}`
}

/** ESEARCH (RFC 9051 section 7.3.4). */
function extendedAnswer(session: Session, byUid: boolean, matches: Matches, asked: SearchReturn): string {
  const { view } = session
  const { indexes } = matches
  const numbers = indexes.map(index => (byUid ? view.row(index).uid : index + 1))
  const words = ['ESEARCH', `(TAG ${JSON.stringify(session.tag)})`]
  if (byUid) words.push('UID')
  const [first] = numbers
  if (first !== undefined) {
    if (asked.min) words.push(`MIN ${first}`)
    if (asked.max) words.push(`MAX ${numbers.at(-1)}`)
    if (asked.all) words.push(`ALL ${uidSetText(numbers)}`)
  }
  if (asked.count) words.push(`COUNT ${numbers.length}`)
  // RFC 4731 section 3.2: of what is told, so with MIN or MAX alone of these messages.
  const told = asked.all || asked.count ? indexes : saved(indexes, asked)
  return [...words, modseqText(session, matches, told)].filter(Boolean).join(' ')
}

function plainAnswer(session: Session, byUid: boolean, matches: Matches): string {
  const { view } = session
  const numbers = matches.indexes.map(index => (byUid ? view.row(index).uid : index + 1))
  const modseq = modseqText(session, matches, matches.indexes)
  return ['SEARCH', ...numbers, ...(modseq === '' ? [] : [`(${modseq})`])].join(' ')
}

export function searchCommand(byUid: boolean): Command {
  return {
    when: 'selected',
    news: byUid ? 'all' : 'no-expunge',
    async run(session, args) {
      args.space()
      const asked = searchReturn(args) ?? (session.rev2 ? everything : undefined)
      let known = true
      if (args.skip('CHARSET ')) {
        // RFC 6855 section 3.
        if (session.utf8) throw new SyntaxFault('Everything is UTF-8 after ENABLE UTF8=ACCEPT')
        known = knowsCharset(args.astring('Charset'))
        args.space()
      }
      const program = searchProgram(args)
      const { view } = session
      let keep: readonly number[] = []
      try {
        if (!known) return badCharset
        const matches = await matching(session, program)
        if (asked === undefined) session.responder.untagged(plainAnswer(session, byUid, matches))
        else {
          keep = saved(matches.indexes, asked).map(index => view.row(index).uid)
          // With SAVE alone nothing is told (RFC 5182 section 2.1).
          const tells = asked.min || asked.max || asked.all || asked.count
          if (tells) session.responder.untagged(extendedAnswer(session, byUid, matches, asked))
        }
        return ok('Search completed')
      } finally {
        // RFC 5182 section 2.1: a search that fails leaves nothing saved.
        if (asked?.save) view.saved = keep
      }
    },
  }
}
