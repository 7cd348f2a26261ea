/** The bounds of checking and repairing the database. */
export const repairLimits = {
  /** A database up to this size is checked at each start; a larger one only after an end that was not clean. */
  checkedAtStartBytesMax: 64 * 1024 * 1024,
  /** Rows that are read from a damaged table in one go. */
  rowsAtOnceMax: 256,
  /** How often the reading of a damaged table leaps over what cannot be read. */
  leapsMax: 4000,
  /** Problems that SQLite is asked to tell, and that are kept. */
  problemsMax: 20,
  /** Last good copies that are kept. */
  snapshotsMax: 2,
  /** A snapshot is made only where this many times its size is free. */
  snapshotRoomFactor: 3,
  /** Days of the stores' calendar for which a repair is shown. */
  repairToldDays: 30,
  problemLettersMax: 500,
} as const
