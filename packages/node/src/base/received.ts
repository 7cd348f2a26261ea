/** The line that a mail system writes in front of a letter which it took (RFC 5321 §4.4). */

export interface Receipt {
  /** Of this node, as DNS writes it. */
  readonly domain: string
  /** How it came in: a mail transmission type of IANA, or `local`. */
  readonly protocol: 'LMTP' | 'local'
  /** Letters and digits, by which the log knows it. */
  readonly id: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/**
 * With its line ends. It says nothing of who handed the letter over, nor from where: readers learn no more of people
 * than the letter tells, and nothing from outside can get into it.
 */
export function receivedLine({ domain, protocol, id, at }: Receipt): string {
  const name = domain.replace(/[^A-Za-z0-9.-]/g, '')
  return `Received: by ${name} with ${protocol}\r\n\tid ${id}; ${mailDate(at)}\r\n`
}

/** RFC 5322 §3.3, in UTC. */
export function mailDate(at: number): string {
  return new Date(at).toUTCString().replace('GMT', '+0000')
}
