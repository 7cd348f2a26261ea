/**
 * Keeping the one database of a node sound: looked at when it is opened, copied while it is well, and made anew when it
 * is not.
 *
 * It promises: a damaged file is never deleted, but moved aside; what stood in it is taken row by row as far as SQLite
 * can read it, completed from the last good copy where it has holes, and from what lies in the folders of the home:
 * packets know for whom they are, Maildirs hold the mail and its UIDs. What was lost all the same is said. Everything
 * that is made twice by this is known as such by whoever gets it: packets by their hash, letters by their Message-ID.
 * What is of a newer version or of another program is refused, and not repaired. It fails as the database does.
 */
export { openSound, type SoundDatabase } from './open-sound.ts'
export type { RepairPaths } from './repair.ts'
export type * from './report.ts'
export type { DatabaseCheck, Upkeep } from './upkeep.ts'
