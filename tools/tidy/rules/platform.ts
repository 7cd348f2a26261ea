/**
 * Time, randomness and I/O are parameters: the protocol packages run in a browser or a simulation, and the rooms of the
 * node run in simulated months.
 */
import type { Fault, Project, SourceFile } from '../project.ts'
import { isMark, isName } from '../tokens.ts'

const purePackages = ['packages/nncp/src/', 'packages/imap/src/']
/** Rooms that get their clock and their randomness handed in. */
const timelessRooms = ['stores', 'services', 'links'].map(room => `packages/node/src/${room}/`)
const platformNames = new Set(
  'Date setTimeout setInterval setImmediate process Buffer performance getRandomValues randomUUID __dirname'.split(' '),
)
const timers = new Set(['setTimeout', 'setInterval'])

export function* platform(project: Project): Iterable<Fault> {
  for (const source of project.sources.values()) {
    if (!isProduct(project, source)) continue
    if (purePackages.some(folder => source.path.startsWith(folder))) yield* pure(source)
    else if (timelessRooms.some(folder => source.path.startsWith(folder))) yield* timeless(source)
  }
}

/** A file that only tests reach is a helper of tests. One that nothing reaches is judged as a part of the product. */
function isProduct(project: Project, source: SourceFile): boolean {
  if (source.isTest) return false
  return project.shipped.has(source.path) || !project.live.has(source.path)
}

function* pure(source: SourceFile): Iterable<Fault> {
  for (const { specifier, line } of source.imports) {
    if (!specifier.startsWith('node:')) continue
    yield { path: source.path, line, rule: 'pure', message: `${specifier}: this package imports nothing of Node` }
  }
  for (const [index, { kind, text, line }] of source.code.entries()) {
    if (kind !== 'name') continue
    const named = platformNames.has(text) && isFree(source, index)
    if (!named && !isMathRandom(source, index)) continue
    const what = named ? text : 'Math.random'
    yield { path: source.path, line, rule: 'pure', message: `${what}: take it as a parameter (or choose another name)` }
  }
}

function* timeless(source: SourceFile): Iterable<Fault> {
  for (const { specifier, line } of source.imports) {
    if (!/^(node:)?timers(\/promises)?$/.test(specifier)) continue
    yield { path: source.path, line, rule: 'timeless', message: `${specifier}: use the Clock that is handed in` }
  }
  for (const [index, { kind, text, line }] of source.code.entries()) {
    if (kind !== 'name') continue
    const at = { path: source.path, line, rule: 'timeless' }
    const isTimer = timers.has(text) && isFree(source, index)
    if (isTimer || readsClock(source, index)) yield { ...at, message: `${text}: use the Clock that is handed in` }
    if (isMathRandom(source, index)) yield { ...at, message: 'Math.random: use the RandomSource that is handed in' }
  }
}

/** `Date.now`, `performance.now` and `new Date()`; a `new Date(value)` only writes a time in another way. */
function readsClock({ code }: SourceFile, index: number): boolean {
  const name = code[index]
  if (isMark(code[index - 1], '.')) return false
  if (isName(name, 'Date') && isName(code[index - 1], 'new')) {
    return isMark(code[index + 2], ')') || !isMark(code[index + 1], '(')
  }
  const isClock = isName(name, 'Date') || isName(name, 'performance')
  return isClock && isMark(code[index + 1], '.') && isName(code[index + 2], 'now')
}

function isMathRandom({ code }: SourceFile, index: number): boolean {
  return isName(code[index], 'random') && isMark(code[index - 1], '.') && isName(code[index - 2], 'Math')
}

/** Is the name the platform's own: no property of something else, no key of an object, no method being declared? */
function isFree({ code }: SourceFile, index: number): boolean {
  const before = code[index - 1]
  const after = code[index + 1]
  if (isMark(before, '.') || isMark(before, '?.')) {
    return isName(code[index - 2], 'globalThis') || isName(code[index - 2], 'crypto')
  }
  return !(isMark(after, ':') && (isMark(before, '{') || isMark(before, ',') || isMark(before, ';')))
}
