/**
 * Backups of a whole home, made while the node runs, and their way back.
 *
 * It promises: a backup holds every letter, packet and file that the node had when it was begun, each of them whole;
 * what came later may be in it or not. Nobody can read it, or change it unnoticed, without the passphrase. There is
 * never half a backup under the name it is to have, and never half a home: a restore that fails leaves nothing. They
 * fail with `wrong-passphrase`, `not-a-backup`, `backup-broken`, `home-not-empty` (`never`), or what the disk says.
 */
export { checkBackup } from './check.ts'
export { restoreHome } from './restore.ts'
export { type BackupMade, backUp, backUpToFile } from './write.ts'
