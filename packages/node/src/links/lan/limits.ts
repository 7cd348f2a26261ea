/** Bounds and beats of discovery in the local network, each with its unit. */
export const lanLimits = {
  /** How often the machine's interfaces are looked at. */
  lookEveryMs: 1000,
  /** Interfaces beyond these are passed over: a machine with many containers need not call into each. */
  interfacesMax: 32,
  /** When an announcement is repeated after an interface or address has come: datagrams get lost, addresses ripen. */
  announceFirstMs: [0, 300, 1000, 2000, 4000],
  /** How soon what could not be sent is tried again, for how long after the interface or address has come. */
  againMs: 200,
  ripenMs: 6000,
  /** NNCP's default (`mcd-send`). */
  mcdEveryMs: 10_000,
  /** NNCP manual, "MCD": after that an address that was not said again is forgotten. */
  mcdLifetimeMs: 120_000,
  /** RFC 6762, 5.2: when others are asked for, after an interface has come and from then on. */
  askFirstMs: [0, 500, 1500, 3500],
  askEveryMs: 60_000,
  /** RFC 6762, 8.1: when a name is asked for before it is used. */
  probeFirstMs: [0],
  probeAgainMs: [250, 500],
  probedMs: 750,
  /** How long others may keep what we said by mDNS (RFC 6762, 10), and the most we believe of others. */
  mdnsLifetimeSeconds: 120,
  /** An answer waits, so that not everybody speaks at once (RFC 6762, 6), and comes not more often than that. */
  answerDelayMsMin: 20,
  answerDelayMsMax: 120,
  answerEveryMs: 1000,
  /** RFC 6762, 17. */
  datagramBytesMax: 9000,
  /** Records of one datagram that are looked at. */
  recordsMax: 64,
  /** Datagrams that are looked at: of one sender at once and from then on each second, and of all. */
  senderBurst: 20,
  senderPerSecond: 5,
  allBurst: 400,
  allPerSecond: 200,
  /** Senders that are counted one by one. */
  sendersMax: 256,
} as const
