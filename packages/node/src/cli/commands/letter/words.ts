/** Arguments as other programs give them, which are not those of our own commands. */
import { basename } from 'node:path'

export interface RawWords {
  readonly home?: string
  readonly json: boolean
  readonly help: boolean
  /** Without the options that are Posthorn's own. */
  readonly words: readonly string[]
}

/** Names under which the program is a command by itself, as when `/usr/sbin/sendmail` is a link to it. */
const ownNames = new Set(['sendmail', 'rmail', 'rsmtp', 'mailq', 'newaliases'])

/** `process.argv` with the command that the program's own name says. */
export function calledByName(argv: readonly string[]): readonly string[] {
  const [node = '', program = '', ...rest] = argv
  const name = basename(program)
  if (!ownNames.has(name)) return argv
  if (name === 'mailq') return [node, program, 'sendmail', '-bp', ...rest]
  if (name === 'newaliases') return [node, program, 'sendmail', '-bi', ...rest]
  return [node, program, name, ...rest]
}

/**
 * What stands behind the command's name. Takes `--home`, `--json` and `--help` out of it, up to `--`; everything else
 * stays in its order, which no parser of options may change.
 */
export function rawWords(argv: readonly string[]): RawWords {
  const given = argv.slice(3)
  const words: string[] = []
  let home: string | undefined
  let json = false
  let help = false
  for (let at = 0; at < given.length; at += 1) {
    const word = given[at] ?? ''
    if (word === '--') {
      words.push(...given.slice(at))
      break
    }
    if (word === '--json') json = true
    else if (word === '--help') help = true
    else if (word.startsWith('--home=')) home = word.slice('--home='.length)
    else if (word === '--home') {
      at += 1
      home = given[at] ?? ''
    } else words.push(word)
  }
  return { ...(home === undefined ? {} : { home }), json, help, words }
}
