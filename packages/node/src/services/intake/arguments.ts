/**
 * The arguments of `sendmail`, as programs give them: those of Sendmail, Postfix and Exim that such programs use.
 *
 * Options are letters behind one dash, their values attached or in the next word; options about how a queue is run are
 * taken and mean nothing here. What is behind the options, or behind `--`, is recipients: data, whatever it looks like.
 */

export type SendmailMode =
  /** A letter on standard input. */
  | 'letter'
  /** SMTP commands on standard input, answered on standard output (`-bs`). */
  | 'smtp'
  /** SMTP commands on standard input, answered by letters only (`-bS`, BSMTP). */
  | 'batch'
  /** What waits is shown (`-bp`). */
  | 'queue'
  /** `-bi`, `-q`: there is nothing to be done, and nothing is done. */
  | 'nothing'

export interface SendmailCall {
  readonly mode: SendmailMode
  /** Envelope sender as given; empty for none, null when the arguments name nobody. */
  readonly sender: string | null
  /** For a `From:` that has to be made. */
  readonly fullName: string | null
  readonly recipients: readonly string[]
  /** Recipients stand in `To:`, `Cc:` and `Bcc:` too. */
  readonly fromHeader: boolean
  /** A line with nothing but a dot ends the letter. */
  readonly dotEnds: boolean
  /** RFC 3461, as given: `-N`, `-R`, `-V`. */
  readonly notify: string | null
  readonly ret: string | null
  readonly envelopeId: string | null
}

/** Options with a value. Those that mean nothing here are taken all the same. */
const withValue = 'ABCDFLNORVXfhpr'
/** Options whose value, if any, is attached to them. */
const withAttached = 'oqdb'
const alone = 'GUimntvxE'

type Draft = { -readonly [K in keyof SendmailCall]: SendmailCall[K] }

/** @returns the fault, in words for people, when this is no call of sendmail. */
export function sendmailCall(words: readonly string[]): SendmailCall | { readonly fault: string } {
  const call: Draft = {
    mode: 'letter',
    sender: null,
    fullName: null,
    recipients: [],
    fromHeader: false,
    dotEnds: true,
    notify: null,
    ret: null,
    envelopeId: null,
  }
  const left = [...words]
  const recipients: string[] = []
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === '--') {
      recipients.push(...left)
      break
    }
    if (!word.startsWith('-') || word === '-') {
      recipients.push(word)
      continue
    }
    const fault = takeOption(call, word.slice(1), left)
    if (fault !== undefined) return { fault }
  }
  return { ...call, recipients }
}

/** One word of options, as `ti` or `fbob`. */
function takeOption(call: Draft, letters: string, left: string[]): string | undefined {
  for (let at = 0; at < letters.length; at += 1) {
    const letter = letters.charAt(at)
    const rest = letters.slice(at + 1)
    if (withAttached.includes(letter)) return takeAttached(call, letter, rest)
    if (withValue.includes(letter)) {
      const value = rest === '' ? left.shift() : rest
      if (value === undefined) return `-${letter} needs a value.`
      takeValue(call, letter, value)
      return undefined
    }
    if (!alone.includes(letter)) return `-${letter} is no option of sendmail that Posthorn knows.`
    if (letter === 't') call.fromHeader = true
    if (letter === 'i') call.dotEnds = false
  }
  return undefined
}

function takeValue(call: Draft, letter: string, value: string): void {
  if (letter === 'f' || letter === 'r') call.sender = value === '<>' ? '' : value
  else if (letter === 'F') call.fullName = value
  else if (letter === 'N') call.notify = value
  else if (letter === 'R') call.ret = value
  else if (letter === 'V') call.envelopeId = value
}

const modes: Readonly<Record<string, SendmailMode>> = {
  m: 'letter',
  s: 'smtp',
  S: 'batch',
  p: 'queue',
  i: 'nothing',
}

function takeAttached(call: Draft, letter: string, value: string): string | undefined {
  if (letter === 'q') call.mode = 'nothing'
  if (letter === 'o' && value === 'i') call.dotEnds = false
  if (letter !== 'b') return undefined
  const mode = modes[value]
  if (mode === undefined) return `-b${value} is not done by Posthorn: only -bm, -bs, -bS, -bp and -bi are.`
  call.mode = mode
  return undefined
}
