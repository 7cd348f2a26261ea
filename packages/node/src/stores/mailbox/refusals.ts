import type { Refusal } from '@posthorn/imap'

export function nonexistent(name: string): Refusal {
  return { refused: 'nonexistent', text: `There is no folder ${quoted(name)}.` }
}

export function alreadyExists(name: string): Refusal {
  return { refused: 'already-exists', text: `There is a folder ${quoted(name)} already.` }
}

export function notAllowed(text: string): Refusal {
  return { refused: 'not-allowed', text }
}

/** A name came from outside: it must not break the line, nor be of any length. */
function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 100))
}
