/** Bounds of the post office, each with its unit. */
export const postofficeLimits = {
  /** RFC 5321 §4.5.3.1.8 asks for at least 100; Delta Chat sends at most 50 in one transaction. */
  recipientsMax: 1000,
  /** Packets that are opened side by side. */
  tossesAtOnceMax: 16,
  /** First pause before a packet that failed for a passing reason is tried again; doubles each time. */
  retryDelayMsMin: 1000,
  retryDelayMsMax: 3_600_000,
  /** What a compressed letter may grow to, beside `messageBytesMax`: a ratio beyond this is an attack. */
  expansionRatioMax: 1000,
} as const
