/** Bounds of pairing, each with its unit. */
export const pairingLimits = {
  /** Attempts that do not prove the secret; with the last one the invite is void. */
  triesMax: 3,
  invitesMax: 32,
  liveLifeMs: 15 * 60_000,
  fileLifeMs: 30 * 86_400_000,
  lifeMsMax: 366 * 86_400_000,
  /** One pause of a timer; longer ones do not fit it. */
  pauseMsMax: 86_400_000,
  /** Conversations that others began, at once and in one minute. */
  conversationsMax: 8,
  conversationsPerOriginMax: 4,
  callsPerMinuteMax: 60,
  callsPerMinuteAndOriginMax: 20,
  /** A conversation takes part of a second; beyond this it is over. */
  conversationMsMax: 20_000,
  /** One message on the wire. */
  frameBytesMax: 16 * 1024,
  /** Bytes that wait while a message before them is worked on. */
  unreadBytesMax: 32 * 1024,
  /** Nodes in the local network that are asked for words. */
  nearbyMax: 16,
  /** Addresses in a link. */
  addressesMax: 16,
  linkCharactersMax: 16 * 1024,
  /** Invites whose course is remembered, and what is remembered of each. */
  watchedMax: 64,
  noticesMax: 32,
} as const
