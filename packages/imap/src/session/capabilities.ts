/**
 * What is announced, when, and to whom: one line for each capability. What a command does never depends on this.
 *
 * Delta Chat takes every capability it knows as an invitation, and some make it behave worse; others mean nothing to
 * anybody else. It reads the list before it says who it is. `docs/decisions/capabilities-by-client.md` tells how it is
 * known all the same.
 */

/** Whom a line is for. Who has not shown to be another client is taken for Delta Chat. */
export type ClientKind = 'delta-chat' | 'other'

export interface Asking {
  readonly client: ClientKind
  readonly loggedIn: boolean
  readonly secure: boolean
  /** May the password be sent now? */
  readonly loginAllowed: boolean
  /** Does the host offer STARTTLS? */
  readonly starttls: boolean
  readonly mayCompress: boolean
  readonly appendBytesMax: number
}

interface Capability {
  readonly name: string | ((asking: Asking) => string)
  /** Absent: everybody. */
  readonly to?: ClientKind
  /** Absent: always. */
  readonly when?: (asking: Asking) => boolean
}

const capabilities: readonly Capability[] = [
  { name: 'IMAP4rev1' },
  { name: 'IMAP4rev2', to: 'other' },
  { name: 'IDLE' },
  { name: 'ID' },
  { name: 'QUOTA' },
  { name: 'METADATA' },
  { name: 'XCHATMAIL', to: 'delta-chat' },
  { name: 'LITERAL+' },
  { name: 'UIDPLUS' },
  { name: 'MOVE' },
  { name: 'UNSELECT' },
  { name: 'NAMESPACE' },
  { name: 'SASL-IR' },
  { name: 'ENABLE', to: 'other' },
  { name: 'CONDSTORE', to: 'other' },
  { name: 'QRESYNC', to: 'other' },
  { name: 'UTF8=ACCEPT', to: 'other' },
  { name: 'QUOTA=RES-STORAGE', to: 'other' },
  { name: 'QUOTA=RES-MESSAGE', to: 'other' },
  { name: 'CHILDREN', to: 'other' },
  { name: 'LIST-EXTENDED', to: 'other' },
  { name: 'LIST-STATUS', to: 'other' },
  { name: 'LIST-METADATA', to: 'other' },
  { name: 'SPECIAL-USE', to: 'other' },
  { name: 'CREATE-SPECIAL-USE', to: 'other' },
  { name: 'STATUS=SIZE', to: 'other' },
  { name: 'BINARY', to: 'other' },
  { name: 'MULTIAPPEND', to: 'other' },
  { name: asking => `APPENDLIMIT=${asking.appendBytesMax}`, to: 'other' },
  { name: 'COMPRESS=DEFLATE', to: 'other', when: asking => asking.mayCompress },
  { name: 'ESEARCH', to: 'other' },
  { name: 'SEARCHRES', to: 'other' },
  { name: 'WITHIN', to: 'other' },
  { name: 'SORT', to: 'other' },
  { name: 'SORT=DISPLAY', to: 'other' },
  { name: 'THREAD=ORDEREDSUBJECT', to: 'other' },
  { name: 'THREAD=REFERENCES', to: 'other' },
  { name: 'NOTIFY', to: 'other' },
  { name: 'AUTH=PLAIN', when: asking => asking.loginAllowed },
  { name: 'STARTTLS', when: asking => !asking.loggedIn && asking.starttls && !asking.secure },
  { name: 'LOGINDISABLED', when: asking => !asking.loggedIn && !asking.loginAllowed },
]

/** The names, with spaces between. */
export function capabilitiesFor(asking: Asking): string {
  return capabilities
    .filter(({ to, when }) => (to === undefined || to === asking.client) && (when?.(asking) ?? true))
    .map(({ name }) => (typeof name === 'string' ? name : name(asking)))
    .join(' ')
}
