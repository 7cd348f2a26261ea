/** What mail can be imported from: an mbox, a Maildir and its folders, a letter in a file, folders of such files. */
import { constants } from 'node:fs'
import { basename, join } from 'node:path'
import { OperatingError } from '../../base/errors.ts'
import { diskFiles } from '../../stores/files/index.ts'
import { baseOf, flagsOfName, parseLetterName } from '../../stores/mailbox/file-name.ts'
import { folderNameFault, folderOf, inboxName } from '../../stores/mailbox/folder-name.ts'
import { openRegular } from '../../stores/outgoing/source.ts'
import { archiveLimits } from './limits.ts'
import { readKeywords } from './maildir-keywords.ts'
import { mboxLetters } from './mbox-read.ts'
import { unmarked } from './status.ts'

export type ArchiveFormat = 'mbox' | 'maildir' | 'eml'

export interface SourceLetter {
  /** Which it is, for people. */
  readonly where: string
  readonly flags: readonly string[]
  /** Milliseconds since 1970; null when nothing tells it. */
  readonly internalDate: number | null
  /** So far in its file; null where letters have files of their own. */
  readonly atBytes: number | null
  /** Read before the next letter is asked for. */
  readonly bytes: AsyncIterable<Uint8Array>
}

export interface SourceFolder {
  /** As the source calls it; INBOX for its main one. */
  readonly name: string
  /** Of its file; null when it has several. */
  readonly sizeBytes: number | null
  readonly letters: () => AsyncIterable<SourceLetter>
}

const noFollow = constants.O_NOFOLLOW ?? 0

/** @throws OperatingError `source-missing`, `source-unreadable`, `no-mail` (it is nothing that holds mail). */
export async function openArchive(
  path: string,
  asked?: ArchiveFormat,
): Promise<{ format: ArchiveFormat; folders: readonly SourceFolder[] }> {
  const facts = await diskFiles.facts(join(path, '.'))
  if (facts?.kind === 'directory') return openDirectory(path, asked)
  const file = await openRegular(path)
  await file.close()
  const format = asked ?? ((await beginsAsMbox(path)) ? 'mbox' : 'eml')
  if (format === 'maildir') throw noMail(path, 'It is a file, and a Maildir is a folder.')
  const letters = format === 'mbox' ? () => lettersOfMbox(path) : () => lettersOfFiles([path])
  return { format, folders: [{ name: inboxName, sizeBytes: file.sizeBytes, letters }] }
}

async function openDirectory(path: string, asked: ArchiveFormat | undefined) {
  const names: string[] = []
  for await (const name of diskFiles.list(path)) names.push(name)
  const maildir = names.includes('cur') || names.includes('new')
  if (asked === 'maildir' || (asked === undefined && maildir)) {
    if (!maildir) throw noMail(path, 'A Maildir has folders named cur and new in it.')
    return { format: 'maildir' as const, folders: await foldersOfMaildir(path, names) }
  }
  const [mboxes, letters] = [namesWith(names, '.mbox'), namesWith(names, '.eml')]
  if (mboxes.length > 0 && asked !== 'eml') return { format: 'mbox' as const, folders: await mboxFolders(path, mboxes) }
  if (letters.length === 0 || asked === 'mbox') throw noMail(path, 'A folder holds a Maildir, .mbox or .eml files.')
  const paths = letters.map(name => join(path, name))
  return {
    format: 'eml' as const,
    folders: [{ name: inboxName, sizeBytes: null, letters: () => lettersOfFiles(paths) }],
  }
}

function namesWith(names: readonly string[], ending: string): string[] {
  return names.filter(name => name.endsWith(ending) && !name.startsWith('.')).sort()
}

/** Named as `export` names them: like the folders of a Maildir++, without the first dot. */
async function mboxFolders(path: string, names: readonly string[]): Promise<SourceFolder[]> {
  const folders: SourceFolder[] = []
  for (const file of names) {
    const facts = await diskFiles.facts(join(path, file))
    if (facts?.kind !== 'file') continue
    const name = nameOf(file.slice(0, -'.mbox'.length))
    folders.push({ name, sizeBytes: facts.sizeBytes, letters: () => lettersOfMbox(join(path, file), noFollow) })
  }
  return folders
}

/** Names as Maildir++ writes them, or as programs write them that care less. */
function nameOf(text: string): string {
  if (text.toUpperCase() === inboxName) return inboxName
  return folderOf(`.${text}`) ?? text.split('.').join('/')
}

async function foldersOfMaildir(path: string, names: readonly string[]): Promise<SourceFolder[]> {
  const folders: SourceFolder[] = [maildirFolder(path, inboxName)]
  for (const directory of names.filter(name => /^\.[^.]/.test(name)).sort()) {
    if ((await diskFiles.facts(join(path, directory)))?.kind !== 'directory') continue
    if ((await diskFiles.facts(join(path, directory, 'cur')))?.kind !== 'directory') continue
    const name = nameOf(directory.slice(1))
    if (folderNameFault(name) === undefined) folders.push(maildirFolder(join(path, directory), name))
  }
  return folders
}

function maildirFolder(path: string, name: string): SourceFolder {
  return { name, sizeBytes: null, letters: () => lettersOfMaildir(path) }
}

async function* lettersOfMbox(path: string, flags = 0): AsyncGenerator<SourceLetter> {
  const file = await openRegular(path, flags)
  try {
    for await (const { number, atBytes, dateMs, bytes } of mboxLetters(file.read())) {
      const letter = await unmarked(bytes)
      const where = `${basename(path)}, letter ${number} (byte ${atBytes})`
      yield { where, flags: letter.flags, internalDate: dateMs, atBytes, bytes: letter.bytes }
    }
  } finally {
    await file.close()
  }
}

async function* lettersOfFiles(paths: readonly string[]): AsyncGenerator<SourceLetter> {
  for (const path of paths) {
    const facts = await diskFiles.facts(path)
    if (facts?.kind !== 'file' && paths.length > 1) continue
    const internalDate = facts?.modifiedAtMs ?? null
    yield { where: basename(path), flags: [], internalDate, atBytes: null, bytes: bytesOf(path, paths.length > 1) }
  }
}

/** In the order of their UIDs, if we have named them, or of their arrival. Links and the like are passed over. */
async function* lettersOfMaildir(path: string): AsyncGenerator<SourceLetter> {
  const keywords = await readKeywords(path)
  const files: { readonly file: string; readonly rank: number; readonly uid: number }[] = []
  for (const directory of ['new', 'cur']) {
    if ((await diskFiles.facts(join(path, directory)))?.kind !== 'directory') continue
    for (const name of await diskFiles.listFiles(join(path, directory))) {
      if (name.startsWith('.')) continue
      const uid = parseLetterName(baseOf(name))?.uid ?? 0
      files.push({ file: `${directory}/${name}`, rank: Number(/^\d{1,15}/.exec(name)?.[0] ?? 0), uid })
      if (files.length > archiveLimits.filesInFolderMax) throw noMail(path, 'It has too many files.')
    }
  }
  files.sort((one, other) => one.uid - other.uid || one.rank - other.rank || (one.file < other.file ? -1 : 1))
  for (const { file } of files) {
    const facts = await diskFiles.facts(join(path, file))
    if (facts?.kind !== 'file') continue
    const letters = /:2,([A-Za-z]*)$/.exec(file)?.[1] ?? ''
    const flags = [...flagsOfName(file), ...letters.split('').flatMap(letter => keywords.get(letter) ?? [])]
    const seconds = parseLetterName(baseOf(file))?.seconds
    const internalDate = seconds === undefined ? facts.modifiedAtMs : seconds * 1000
    yield { where: file, flags, internalDate, atBytes: null, bytes: bytesOf(join(path, file), true) }
  }
}

/** Opened when it is read. */
async function* bytesOf(path: string, inFolder: boolean): AsyncGenerator<Uint8Array> {
  const file = await openRegular(path, inFolder ? noFollow : 0)
  try {
    yield* file.read()
  } finally {
    await file.close()
  }
}

async function beginsAsMbox(path: string): Promise<boolean> {
  for await (const chunk of bytesOf(path, false)) {
    return Buffer.from(chunk.subarray(0, 4096)).toString('latin1').trimStart().startsWith('From ')
  }
  return false
}

function noMail(path: string, reason: string): OperatingError {
  const message = `${path} holds no mail that can be imported. ${reason}`
  return new OperatingError(message, { code: 'no-mail', retry: 'never', fields: { path } })
}
