/** Search keys as functions of a message. What only its texts can tell is `undefined` until they are known. */
import { dayOf } from '../grammar/dates.ts'
import type { SearchKey } from '../grammar/search-keys.ts'
import { rangesOf, savedSet, within } from '../grammar/sequence.ts'
import type { MessageRow } from '../mailbox.ts'
import { needleOf, type SearchText, type TextPlace } from '../message/search-text.ts'
import type { SelectedView } from '../session/view.ts'

/** Undefined: not known without the message's bytes. */
type Verdict = boolean | undefined

export interface Candidate {
  readonly row: MessageRow
  readonly sequence: number
  /** Of the bytes, when they have been read. */
  readonly text?: SearchText
}

export type Test = (candidate: Candidate) => Verdict

/** A text that a key looks for; `known` is what the store said of it. */
export interface TextLeaf {
  readonly place: TextPlace
  readonly needle: string
  known?: { readonly found: ReadonlySet<number>; readonly unknown: ReadonlySet<number> }
}

/** What keys need that rows do not hold. */
export interface Wanted {
  readonly texts: TextLeaf[]
  /** Some key asks for the Date field. */
  sentDays: boolean
  /** As far as the store has noted them. */
  sentDayOf: ReadonlyMap<number, number | null>
  /** Some key asks for modification sequences. */
  modseqs: boolean
}

export interface TestContext {
  readonly view: SelectedView
  /** Milliseconds since 1970. */
  readonly now: number
}

function compare(how: 'before' | 'on' | 'since', value: number, wanted: number): boolean {
  if (how === 'before') return value < wanted
  return how === 'on' ? value === wanted : value >= wanted
}

function dateTest(key: Extract<SearchKey, { kind: 'date' }>, wanted: Wanted): Test {
  if (key.of === 'internal') return ({ row }) => compare(key.how, dayOf(row.internalDate), key.day)
  wanted.sentDays = true
  return ({ row, text }) => {
    const noted = text === undefined ? wanted.sentDayOf.get(row.uid) : (text.sentDay ?? null)
    // A letter without a Date counts by the day it came.
    return noted === undefined ? undefined : compare(key.how, noted ?? dayOf(row.internalDate), key.day)
  }
}

function setTest(key: Extract<SearchKey, { kind: 'set' }>, view: SelectedView): Test {
  if (key.set === savedSet) {
    const saved = new Set(view.saved)
    return ({ row }) => saved.has(row.uid)
  }
  const greatest = key.uid ? (view.count === 0 ? 0 : view.row(view.count - 1).uid) : view.count
  const ranges = rangesOf(key.set, greatest)
  return ({ row, sequence }) => within(ranges, key.uid ? row.uid : sequence)
}

/** The same text is asked for once. */
function leafOf(place: TextPlace, needle: string, wanted: Wanted): TextLeaf {
  const nameOf = (at: TextPlace) => (at.kind === 'header' ? at.name : '')
  const same = (leaf: TextLeaf) => leaf.place.kind === place.kind && nameOf(leaf.place) === nameOf(place)
  const known = wanted.texts.find(leaf => leaf.needle === needle && same(leaf))
  if (known !== undefined) return known
  const leaf: TextLeaf = { place, needle }
  wanted.texts.push(leaf)
  return leaf
}

function textTest(key: Extract<SearchKey, { kind: 'text' }>, wanted: Wanted): Test {
  const needle = needleOf(key.text)
  // Every message has a text, and be it an empty one.
  if (needle === '' && key.place.kind !== 'header') return () => true
  const leaf = leafOf(key.place, needle, wanted)
  return ({ row, text }) => {
    if (text !== undefined) return text.has(leaf.place, needle)
    if (leaf.known?.found.has(row.uid)) return true
    return leaf.known === undefined || leaf.known.unknown.has(row.uid) ? undefined : false
  }
}

function ageTest(key: Extract<SearchKey, { kind: 'age' }>, now: number): Test {
  const edge = now - key.seconds * 1000
  return ({ row }) => (key.how === 'younger' ? row.internalDate >= edge : row.internalDate <= edge)
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

/** Turns a key into a function of a message; notes in `wanted` what it needs to know. */
export function testOf(key: SearchKey, context: TestContext, wanted: Wanted): Test {
  switch (key.kind) {
    case 'all':
      return () => true
    case 'none':
      return () => false
    case 'flag': {
      const flag = key.flag.toLowerCase()
      return ({ row }) => row.flags.some(each => each.toLowerCase() === flag) === key.wanted
    }
    case 'set':
      return setTest(key, context.view)
    case 'text':
      return textTest(key, wanted)
    case 'date':
      return dateTest(key, wanted)
    case 'size':
      return ({ row }) => (key.how === 'larger' ? row.sizeBytes > key.bytes : row.sizeBytes < key.bytes)
    case 'age':
      return ageTest(key, context.now)
    case 'modseq':
      wanted.modseqs = true
      return ({ row }) => row.modseq >= key.atLeast
    case 'not': {
      const test = testOf(key.key, context, wanted)
      return candidate => {
        const verdict = test(candidate)
        return verdict === undefined ? undefined : !verdict
      }
    }
    case 'or':
    case 'and': {
      const tests = key.keys.map(each => testOf(each, context, wanted))
      return anyTest(tests, key.kind === 'or')
    }
  }
}
