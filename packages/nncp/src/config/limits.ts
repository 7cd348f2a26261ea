/** The bounds of a configuration. NNCP has none; these are far beyond what people write. */
export const nncpConfigLimits = {
  /** Neighbours, areas; entries of any other list or table. */
  nodesMax: 10_000,
  entriesMax: 1_000,
  textLettersMax: 4_096,
  nameLettersMax: 256,
  /** Seconds, KiB, packets a second. */
  numberMax: 2 ** 31 - 1,
  /** What is told at most; a file of another kind would be wrong everywhere. */
  faultsMax: 100,
} as const
