/** What the SASL mechanisms carry, the same over IMAP and POP3. */
import { binaryOfBase64, textOf } from './grammar/bytes.ts'

/** Challenges of the LOGIN mechanism of older clients: `Username:` and `Password:`, in base64. */
export const loginChallenges = { username: 'VXNlcm5hbWU6', password: 'UGFzc3dvcmQ6' } as const

export interface PlainMessage {
  /** Whom to act as; empty: the same. */
  readonly authorization: string
  readonly username: string
  readonly password: string
}

/** RFC 4616: authorization identity, user name and password, with NUL between. `undefined` when it is not that. */
export function plainMessage(binary: string): PlainMessage | undefined {
  const fields = binary.split('\0')
  const [authorization = '', username = '', password = ''] = fields.map(textOf)
  return fields.length === 3 && username !== '' ? { authorization, username, password } : undefined
}

/** An initial response as a binary string; `=` is an empty one (RFC 4959 section 3, RFC 5034 section 4). */
export function initialResponseOf(word: string): string | undefined {
  return word === '=' ? '' : binaryOfBase64(word)
}
