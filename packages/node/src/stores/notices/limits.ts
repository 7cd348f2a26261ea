export const noticesLimits = {
  /** For one user; of more the oldest are left out. */
  waitingMax: 200,
  /** Days of the stores' calendar that a notice waits for somebody who cannot be written to. */
  waitingDays: 30,
  /** Of one notice. */
  recipientsMax: 50,
  /** Rows that one call of `prune` removes. */
  prunedAtOnceMax: 5000,
} as const
