/** What the node's account says at most, and what it costs. */
export const botLimits = {
  /** So long after a first notice it is written, with those that came meanwhile. */
  groupMs: 2000,
  noticesPerMessageMax: 10,
  recipientsShownMax: 5,
  reasonLettersMax: 200,
  /** For one person, in an hour. */
  noticesPerHourMax: 3,
  answersPerHourMax: 30,
  helpPerHourMax: 1,
  lettersShownMax: 8,
  commandLettersMax: 400,
  /** The engine rests after so long without work. */
  restAfterMs: 300_000,
  /** After a failure; the engine has its own pauses. */
  retryMs: 5000,
} as const
