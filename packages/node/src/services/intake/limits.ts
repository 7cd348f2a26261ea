/** Limits of what programs of this machine hand over. */
export const intakeLimits = {
  /** Header of a letter; a larger one is refused, since it would have to be held in memory. */
  headerBytesMax: 256 * 1024,
  /** Of one letter, from arguments, header and batch together. */
  recipientsMax: 1000,
  /** One command line of a batch (RFC 5321 §4.5.3.1.4 asks for 512). */
  commandBytesMax: 4096,
  /** Commands in a batch that make no sense, before the rest is not looked at any more. */
  faultsMax: 20,
} as const
