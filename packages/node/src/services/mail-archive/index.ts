/**
 * Mail that moves in from other programs and out to them: mbox, Maildir, single letters.
 *
 * It promises: an import run twice doubles nothing, and one that was cut off goes on; what cannot be taken is left out
 * and named; an export never replaces what was there before, and brings back the same bytes, flags and dates when it is
 * imported. Sources are hostile: links are not followed, memory stays flat. It fails with OperatingErrors:
 * `source-missing`, `source-unreadable`, `no-mail`, `folder-refused`, `unknown-folder`, `file-exists` (`never`), and
 * those of the stores.
 */
export { type FolderPut, putArchive } from './put-out.ts'
export { type ArchiveFormat, openArchive } from './sources.ts'
export { type ArchiveTaken, takeArchive } from './take-in.ts'
