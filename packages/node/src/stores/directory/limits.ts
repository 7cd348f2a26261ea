/** The bounds of the directory. */
export const directoryLimits = {
  /** scrypt: 2^15 blocks of 8 × 128 bytes, three times: 32 MiB and a third of a second on a small machine. */
  scryptLogCost: 15,
  scryptBlockSize: 8,
  scryptParallelism: 3,
  /** What a stored hash may ask for at most; it comes from our own database, but a typo must not eat the memory. */
  scryptLogCostMax: 20,
  saltBytes: 16,
  hashBytes: 32,
  /** Hashes at work at once, and logins that may wait for their turn. */
  hashesAtOnceMax: 2,
  hashesWaitingMax: 200,
  /** Longer passwords match nobody. */
  passwordBytesMax: 1024,
  /** Users whose last good password is remembered (as a keyed hash, in memory). */
  rememberedLoginsMax: 1000,
  /** Call schedules of one neighbour. */
  schedulesMax: 32,
  /** Of one neighbour, besides the first and the straight one. */
  otherRoadsMax: 8,
  /** Each message of an area is sealed anew for each of its subscribers. */
  areaSubscribersMax: 256,
  /** Of one user. */
  appPasswordsMax: 100,
  /** As typed, with what stands between its letters. */
  appPasswordLettersMax: 100,
  /** Whether one is still used is worth a write to the disk this often. */
  appPasswordUseMs: 3_600_000,
  /** Of one user; the one not used the longest ends for a new one. */
  webSessionsMax: 64,
  webLabelLettersMax: 64,
  /** How old a session may become, and how long it may lie unused: of a browser that stays signed in, and others. */
  webSession: {
    stays: { idleDaysMax: 60, daysMax: 366 },
    closes: { idleDaysMax: 2, daysMax: 30 },
  },
  apiTokensMax: 64,
  /** That can still be used. */
  joinInvitesMax: 1000,
  aliasTargetsMax: 256,
  forwardsMax: 16,
} as const
