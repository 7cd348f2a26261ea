/**
 * What can be wrong with bytes from outside. The codes are stable: logs, quarantine reasons and scripts rely on them.
 *
 * - `bad-base32`, `bad-identity`: a key or id in a configuration or card is not what it claims to be
 * - `bad-key`: an exchange key with which no shared secret can be made (low order)
 * - `bad-xdr`: XDR filler that is not zero, text that is not UTF-8, a length above its limit
 * - `bad-magic`, `bad-version`: not this kind of packet; this kind, of another version
 * - `bad-niceness`, `bad-type`, `bad-path`, `path-too-long`: fields of a packet's header
 * - `not-for-us`, `unknown-sender`, `bad-signature`: who it is for and from
 * - `bad-block`: a block does not open: altered, moved, or cut in its middle
 * - `bad-size`: the SIZE structure contradicts the blocks
 * - `bad-padding`: padding that is not what the format prescribes
 * - `truncated`, `trailing-bytes`: fewer or more bytes than the packet says
 * - `too-large`: a limit of ours (see limits.ts), not a fault of the packet
 * - `too-many-relays`: a limit of ours on onions
 */
export type FormatErrorCode =
  | 'bad-base32'
  | 'bad-identity'
  | 'bad-key'
  | 'bad-xdr'
  | 'bad-magic'
  | 'bad-version'
  | 'bad-niceness'
  | 'bad-type'
  | 'bad-path'
  | 'path-too-long'
  | 'not-for-us'
  | 'unknown-sender'
  | 'bad-signature'
  | 'bad-block'
  | 'bad-size'
  | 'bad-padding'
  | 'truncated'
  | 'trailing-bytes'
  | 'too-large'
  | 'too-many-relays'

/** Bytes or text that are not what the format asks for. The message never holds a key or a payload. */
export class FormatError extends Error {
  override readonly name = 'FormatError'
  readonly code: FormatErrorCode

  constructor(code: FormatErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
