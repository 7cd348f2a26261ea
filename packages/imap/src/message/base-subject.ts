/** The base subject (RFC 5256 section 2.1): what a conversation is about, without `Re:`, `[list]` and `(fwd)`. */

export interface BaseSubject {
  readonly text: string
  /** A reply or a forwarded message, by its subject. */
  readonly isReply: boolean
}

/** A subject is looked at so far. */
const LETTERS_MAX = 2000

const TRAILER = /(?:\(fwd\)|\s)$/i
const BLOB = /^\[[^[\]]*\]\s*/
const LEADER = /^(?:\[[^[\]]*\]\s*)*(?:re|fwd?)\s*(?:\[[^[\]]*\]\s*)?:/i
const FORWARDED = /^\[fwd:([\s\S]*)\]$/i

/** @param subject decoded. */
export function baseSubject(subject: string): BaseSubject {
  let text = subject.slice(0, LETTERS_MAX).replace(/\s+/g, ' ')
  let isReply = false
  for (;;) {
    const stripped = withoutLeaders(withoutTrailers(text))
    isReply ||= stripped.isReply
    text = stripped.text
    const inner = FORWARDED.exec(text)
    if (inner === null) return { text, isReply }
    isReply = true
    text = inner[1] ?? ''
  }
}

function withoutTrailers(text: string): BaseSubject {
  let rest = text
  let isReply = false
  for (;;) {
    const found = TRAILER.exec(rest)
    if (found === null) return { text: rest, isReply }
    if (found[0].length > 1) isReply = true
    rest = rest.slice(0, found.index)
  }
}

function withoutLeaders(from: BaseSubject): BaseSubject {
  let rest = from.text
  let { isReply } = from
  for (;;) {
    rest = rest.trimStart()
    const leader = LEADER.exec(rest)
    if (leader !== null) {
      isReply = true
      rest = rest.slice(leader[0].length)
      continue
    }
    const withoutBlob = rest.replace(BLOB, '')
    // A blob goes only when something is left.
    if (withoutBlob === rest || withoutBlob === '') return { text: rest, isReply }
    rest = withoutBlob
  }
}
