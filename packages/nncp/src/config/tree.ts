/**
 * The directory form (NNCP manual, "Configuration directory"; `nncp-cfgdir`) as the value that a parser makes of the
 * file: texts are files of one line, lists files of many, flags empty files, tables directories.
 */
import { nncpCallFlags } from './types.ts'

/** Names without a leading dot; files as their text. */
export type NncpTree = ReadonlyMap<string, string | NncpTree>

const lists = new Set(['via', 'subs', 'mcd-listen'])
const flags = new Set<string>(['noprogress', 'nohdr', 'allow-unknown', ...nncpCallFlags])
const numbers = new Set(['rxrate', 'txrate', 'onlinedeadline', 'maxonlinetime', 'chunked', 'minsize', 'maxsize'])
/** Tables whose members are texts, whatever their names. */
const textTables = new Set(['addrs', 'yggdrasil-aliases', 'self'])

/** For `readNncpConfig`. What does not fit its name stays text, and is a fault there. */
export function treeToNncpValue(tree: NncpTree): unknown {
  return nncpValue(tree, '')
}

function nncpValue(tree: NncpTree, table: string): unknown {
  const members = [...tree].map(([name, member]) => [name, memberOf(name, member, table)] as const)
  if (table !== 'calls') return Object.fromEntries(members)
  const byNumber = members.sort(([one], [other]) => Number(one) - Number(other))
  return byNumber.map(([, call]) => call)
}

function memberOf(name: string, member: string | NncpTree, table: string): unknown {
  if (typeof member !== 'string') return nncpValue(member, name)
  const lines = member.split('\n').map(line => line.replace(/\r$/, ''))
  if (lines.at(-1) === '') lines.pop()
  const text = lines.join('\n')
  if (textTables.has(table)) return text
  if (table === 'exec' || lists.has(name)) return lines
  if (flags.has(name) && text === '') return true
  if ((table === 'mcd-send' || numbers.has(name)) && /^\d{1,10}$/.test(text)) return Number(text)
  return text
}
