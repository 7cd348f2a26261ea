export const historiesLimits = {
  /** Of one neighbour; of more the first are left out. */
  daysMax: 400,
  /** Rows that one call of `prune` removes. */
  prunedAtOnceMax: 5000,
} as const
