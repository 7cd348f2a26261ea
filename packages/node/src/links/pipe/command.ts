/**
 * A command line as the address of a node. People write it as NNCP does, `|ssh host posthorn pipe`; as a URL it is
 * `pipe:` and the same words percent-encoded. It is run without a shell: words are parted by spaces, and single or
 * double quotes hold a word together; nothing else has a meaning.
 */
import { OperatingError } from '../../base/errors.ts'

export function pipeUrl(commandLine: string): URL {
  return new URL(`pipe:${encodeURIComponent(commandLine)}`)
}

/** Program and arguments. @throws OperatingError `bad-address`. */
export function pipeCommand(url: URL): readonly [program: string, ...args: string[]] {
  const [program, ...args] = wordsOf(pipeCommandLine(url))
  if (program === undefined || program === '') throw bad('it names no program')
  return [program, ...args]
}

/** As people write it, without the `|`. @throws OperatingError `bad-address`. */
export function pipeCommandLine(url: URL): string {
  try {
    return decodeURIComponent(url.pathname)
  } catch {
    throw bad('its percent signs are wrong')
  }
}

function wordsOf(line: string): string[] {
  if (/\p{Cc}/u.test(line)) throw bad('it holds control characters')
  const words: string[] = []
  let rest = line.trimStart()
  while (rest !== '') {
    const [word] = wordPattern.exec(rest) ?? []
    if (word === undefined) throw bad('a quote is not closed')
    words.push(word.replace(/'([^']*)'|"([^"]*)"/g, (_, single?: string, double?: string) => single ?? double ?? ''))
    rest = rest.slice(word.length).trimStart()
  }
  return words
}

const wordPattern = /^(?:[^\s'"]|'[^']*'|"[^"]*")+(?=\s|$)/

function bad(why: string): OperatingError {
  return new OperatingError(`This command cannot be an address: ${why}.`, { code: 'bad-address', retry: 'never' })
}
