/**
 * One Maildir on the disk: its directories, and the file `posthorn-uidvalidity` that outlives the index.
 *
 * The file holds UIDVALIDITY and two marks that every UID and every modification sequence given out is below. A mark is
 * moved ahead in steps and is on the disk before the first of a step is used: so no UID is ever used twice, and no
 * sequence is below what a client has seen, even when the index is lost.
 */
import { join } from 'node:path'
import { OperatingError } from '../../base/errors.ts'
import { type DurableFiles, replaceSmallFile } from '../files/index.ts'
import { baseOf } from './file-name.ts'

export interface UidMark {
  readonly uidValidity: number
  /** No UID from here on was ever given out. */
  readonly uidMark: number
  /** No modification sequence from here on was ever told. */
  readonly modseqMark: number
}

const markName = 'posthorn-uidvalidity'
/** Whether a file is the mark beside a folder: to be copied after the letters, or the UIDs of some are above it. */
export function isMarkName(name: string): boolean {
  return name === markName
}

const markBytesMax = 1024
const uidMax = 2 ** 32 - 1
const directories = ['tmp', 'new', 'cur'] as const

/**
 * Makes what is not there yet; `parent` is the directory that the Maildir's own name is in. `isKnown`: it was made
 * before, to its end, so that the names that are there are on the disk.
 * @throws OperatingError `maildir-broken` when a link or a file has the place of one of its directories.
 */
export async function makeMaildir(
  files: DurableFiles,
  path: string,
  parent: string,
  { isKnown = false } = {},
): Promise<void> {
  let isWritten = isKnown
  for (const name of directories) {
    const found = await files.facts(join(path, name))
    if (found?.kind === 'directory') continue
    if (found !== undefined) {
      const message = `${join(path, name)} is not a directory. Put it out of the way; links are not followed.`
      throw new OperatingError(message, { code: 'maildir-broken', retry: 'later', fields: { path: join(path, name) } })
    }
    await files.makeDirectory(join(path, name))
    isWritten = false
  }
  // Also when all are there: whoever made them may have been killed before this.
  if (isWritten) return
  await files.syncDirectory(path)
  await files.syncDirectory(parent)
}

/** Whether a directory can be a folder: itself and what it is made of are directories, no links. */
export async function isMaildir(files: DurableFiles, path: string): Promise<boolean> {
  if ((await files.facts(path))?.kind !== 'directory') return false
  if ((await files.facts(join(path, 'cur')))?.kind !== 'directory') return false
  for (const name of directories) {
    const found = await files.facts(join(path, name))
    if (found !== undefined && found.kind !== 'directory') return false
  }
  return true
}

/** Whether nothing is missing of it that `makeMaildir` would make. */
export async function isWhole(files: DurableFiles, path: string): Promise<boolean> {
  for (const name of directories) if ((await files.facts(join(path, name))) === undefined) return false
  return true
}

/** `undefined` when there is none, or none that could be understood. */
export async function readUidMark(files: DurableFiles, path: string): Promise<UidMark | undefined> {
  const text = await files.readSmall(join(path, markName), markBytesMax)
  const pattern = /^posthorn 1\nuidvalidity (\d{1,10})\nuids-below (\d{1,10})\n(?:modseqs-below (\d{1,16})\n)?$/
  const match = pattern.exec(text ?? '')
  const uidValidity = Number(match?.[1])
  const uidMark = Number(match?.[2])
  const modseqMark = Number(match?.[3] ?? 1)
  const fits = uidValidity >= 1 && uidValidity <= uidMax && uidMark >= 1 && uidMark <= uidMax
  return fits ? { uidValidity, uidMark, modseqMark } : undefined
}

/** On the disk when it resolves. */
export async function writeUidMark(files: DurableFiles, path: string, mark: UidMark): Promise<void> {
  const { uidValidity, uidMark, modseqMark } = mark
  await replaceSmallFile(files, {
    path: join(path, markName),
    temporaryPath: join(path, 'tmp', `${markName}.posthorn`),
    text: `posthorn 1\nuidvalidity ${uidValidity}\nuids-below ${uidMark}\nmodseqs-below ${modseqMark}\n`,
  })
}

export interface Letters {
  /** Where each lies, by the part of its name that never changes. */
  readonly letters: Map<string, string>
  /** Other files that have that part of their name in common with one of the letters. */
  readonly doubles: readonly string[]
}

/** The letters in `new` and `cur`. Programs move them while we read: who misses one must look a second time. */
export async function listLetters(files: DurableFiles, path: string): Promise<Letters> {
  const letters = new Map<string, string>()
  const again: string[] = []
  // In the order in which letters move.
  for (const directory of ['new', 'cur']) {
    for (const name of await files.listFiles(join(path, directory))) {
      if (name.startsWith('.')) continue
      const file = `${directory}/${name}`
      const base = baseOf(file)
      if (letters.has(base)) again.push(file)
      else letters.set(base, file)
    }
  }
  const doubles: string[] = []
  for (const file of again) {
    const first = letters.get(baseOf(file)) ?? file
    const [one, other] = [await files.facts(join(path, first)), await files.facts(join(path, file))]
    if (one === undefined) letters.set(baseOf(file), file)
    // Two names of one file: somebody is about to rename it.
    else if (other !== undefined && other.identity !== one.identity) doubles.push(file)
  }
  return { letters, doubles }
}

/** Removes what we had begun to write when the program ended; what is `writing` now and other programs' files stay. */
export async function sweepTemporary(files: DurableFiles, path: string, writing: ReadonlySet<string>): Promise<void> {
  for await (const name of files.list(join(path, 'tmp'))) {
    const file = join(path, 'tmp', name)
    if (name.endsWith('.posthorn') && !writing.has(file)) await files.unlink(file)
  }
}
