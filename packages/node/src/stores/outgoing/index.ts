/**
 * What is about to be sent: a file, or a folder as one archive, read as a stream.
 *
 * It promises: flat memory; a file gives as many bytes as it had when it was opened, or an error; nothing that is
 * neither file nor folder is opened, and of folders only what is regular is taken. It fails with `source-missing`,
 * `source-unreadable` (retry `never`) and `source-changed` (`later`).
 */

export { openInside } from './inside.ts'
export { type FileSource, openSource } from './source.ts'
