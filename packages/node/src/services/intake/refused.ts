/** A recipient that a letter cannot be taken for, in the codes that programs understand. */
export interface Refused {
  readonly address: string
  /** RFC 3463. */
  readonly status: string
  /** Of `sysexits.h`: what mail programs understand of an exit status. */
  readonly exitCode: number
  /** For people. */
  readonly text: string
}

const codes: Readonly<Record<string, readonly [status: string, exitCode: number]>> = {
  'bad-address': ['5.1.3', 65],
  'unknown-user': ['5.1.1', 67],
  'unknown-node': ['5.1.2', 68],
  'too-many': ['5.5.3', 69],
}

export function refusedAs(address: string, kind: string, text: string): Refused {
  const [status, exitCode] = codes[kind] ?? ['5.3.0', 69]
  return { address, status, exitCode, text }
}
