/** SEARCH (RFC 9051 section 6.4.4). Message bytes are read only where rows do not decide, and once for all keys. */
import { dayOf } from '../grammar/dates.ts'
import { type SearchKey, searchProgram } from '../grammar/search-keys.ts'
import { type Range, rangesOf, within } from '../grammar/sequence.ts'
import type { MessageRow } from '../mailbox.ts'
import { needleOf, type SearchText, searchTextOf } from '../message/search-text.ts'
import { LimitFault } from '../session/faults.ts'
import { type Command, no, ok, type Reply } from '../session/reply.ts'
import type { Session } from '../session/session.ts'
import type { SelectedView } from '../session/view.ts'

/** Undefined: not known without the message's bytes. */
type Verdict = boolean | undefined

interface Candidate {
  readonly row: MessageRow
  readonly sequence: number
  readonly text: SearchText | undefined
}

type Test = (candidate: Candidate) => Verdict

interface Needles {
  readonly body: Set<string>
  readonly text: Set<string>
}

function compare(how: 'before' | 'on' | 'since', value: number, wanted: number): boolean {
  if (how === 'before') return value < wanted
  return how === 'on' ? value === wanted : value >= wanted
}

function dateTest(key: Extract<SearchKey, { kind: 'date' }>): Test {
  if (key.of === 'internal') return ({ row }) => compare(key.how, dayOf(row.internalDate), key.day)
  return ({ row, text }) => {
    // A letter without a Date counts by the day it came.
    return text && compare(key.how, text.sentDay() ?? dayOf(row.internalDate), key.day)
  }
}

function setTest(ranges: readonly Range[], uid: boolean): Test {
  return ({ row, sequence }) => within(ranges, uid ? row.uid : sequence)
}

/** `decisive` = true for OR, false for AND: the verdict that ends it. */
function anyTest(tests: readonly Test[], decisive: boolean): Test {
  return candidate => {
    let verdict: Verdict = !decisive
    for (const test of tests) {
      const one = test(candidate)
      if (one === decisive) return decisive
      if (one === undefined) verdict = undefined
    }
    return verdict
  }
}

/** Turns a key into a function of a message; notes what has to be looked for in bodies. */
function testOf(key: SearchKey, view: SelectedView, needles: Needles): Test {
  switch (key.kind) {
    case 'all':
      return () => true
    case 'none':
      return () => false
    case 'flag': {
      const flag = key.flag.toLowerCase()
      return ({ row }) => row.flags.some(each => each.toLowerCase() === flag) === key.wanted
    }
    case 'set': {
      const greatest = key.uid ? (view.count === 0 ? 0 : view.row(view.count - 1).uid) : view.count
      return setTest(rangesOf(key.set, greatest), key.uid)
    }
    case 'header':
      return ({ text }) => text?.headerHas(key.name, key.text)
    case 'content':
      needles[key.where].add(needleOf(key.text))
      return ({ text }) => text?.has(key.where, key.text)
    case 'date':
      return dateTest(key)
    case 'size':
      return ({ row }) => (key.how === 'larger' ? row.sizeBytes > key.bytes : row.sizeBytes < key.bytes)
    case 'not': {
      const test = testOf(key.key, view, needles)
      return candidate => {
        const verdict = test(candidate)
        return verdict === undefined ? undefined : !verdict
      }
    }
    case 'or':
    case 'and': {
      const tests = key.keys.map(each => testOf(each, view, needles))
      return anyTest(tests, key.kind === 'or')
    }
  }
}

async function matches(session: Session, test: Test, needles: Needles, index: number): Promise<boolean> {
  const { view, limits } = session
  const row = view.row(index)
  if (view.isGone(row.uid)) return false
  const verdict = test({ row, sequence: index + 1, text: undefined })
  if (verdict !== undefined) return verdict
  const stream = await view.folder.read(row.uid)
  if (stream === undefined) return false
  const text = await searchTextOf(stream, limits.headerBytesMax, needles)
  // A client that is gone, or a server that stops, does not wait for the rest of the folder.
  await session.responder.roomForMore()
  return test({ row, sequence: index + 1, text }) === true
}

async function search(session: Session, byUid: boolean, program: ReturnType<typeof searchProgram>): Promise<Reply> {
  if (program.charset !== undefined && program.charset !== 'UTF-8' && program.charset !== 'US-ASCII') {
    return no('This charset is not supported', 'BADCHARSET (US-ASCII UTF-8)')
  }
  const { view } = session
  if (program.keyCount * view.count > session.limits.searchStepsMax) {
    throw new LimitFault('searchStepsMax', 'The search is too large, ask for less at once')
  }
  const needles: Needles = { body: new Set(), text: new Set() }
  const test = testOf(program.key, view, needles)
  const found: number[] = []
  for (let index = 0; index < view.count; index += 1) {
    if (await matches(session, test, needles, index)) found.push(byUid ? view.row(index).uid : index + 1)
  }
  session.responder.untagged(['SEARCH', ...found].join(' '))
  return ok('Search completed')
}

export function searchCommand(byUid: boolean): Command {
  return {
    when: 'selected',
    news: byUid ? 'all' : 'no-expunge',
    async run(session, args) {
      args.space()
      return search(session, byUid, searchProgram(args))
    },
  }
}
