/**
 * One Maildir on the disk: its directories, and the file `posthorn-uidvalidity` that outlives the index.
 *
 * The file holds UIDVALIDITY and a mark that every UID given out is below. The mark is moved ahead in steps and is on
 * the disk before the first UID of a step is used: so no UID is ever used twice, even when the index is lost. It also
 * counts how often that happened: each index begins its modification sequences where none before it can have been, so
 * that they never go back (RFC 7162 section 3.1), whatever the clock says.
 */
import { join } from 'node:path'
import { type DurableFiles, replaceSmallFile } from '../files/index.ts'

export interface UidMark {
  readonly uidValidity: number
  /** No UID from here on was ever given out. */
  readonly uidMark: number
  /** How often the index was made anew; see `firstModseq`. */
  readonly lives: number
}

/** No index lives to see so many changes of one folder. */
const modseqsPerLife = 2 ** 42
/** Beyond, modification sequences would not be exact any more. Then the folder gets another UIDVALIDITY. */
const livesMax = 2000

/** Where an index begins that was made anew so often. */
export function firstModseq(lives: number): number {
  return Math.max(1, lives * modseqsPerLife)
}

/** How often the index was made anew in which a folder has this modification sequence. */
export function livesOf(modseq: number): number {
  return Math.floor(modseq / modseqsPerLife)
}

const markName = 'posthorn-uidvalidity'
const markBytesMax = 1024
const uidMax = 2 ** 32 - 1

/** Makes what is not there yet; `parent` is the directory that the Maildir's own name is in. */
export async function makeMaildir(files: DurableFiles, path: string, parent: string): Promise<void> {
  let made = false
  for (const name of ['tmp', 'new', 'cur']) {
    if ((await files.facts(join(path, name))) !== undefined) continue
    await files.makeDirectory(join(path, name))
    made = true
  }
  if (!made) return
  await files.syncDirectory(path)
  await files.syncDirectory(parent)
}

/** `undefined` when there is none, or none that could be understood. */
export async function readUidMark(files: DurableFiles, path: string): Promise<UidMark | undefined> {
  const text = await files.readSmall(join(path, markName), markBytesMax)
  const match = /^posthorn 1\nuidvalidity (\d{1,10})\nuids-below (\d{1,10})\n(?:index-lives (\d{1,4})\n)?$/.exec(
    text ?? '',
  )
  const uidValidity = Number(match?.[1])
  const uidMark = Number(match?.[2])
  const lives = Number(match?.[3] ?? 0)
  const fits = uidValidity >= 1 && uidValidity <= uidMax && uidMark >= 1 && uidMark <= uidMax && lives <= livesMax
  return fits ? { uidValidity, uidMark, lives } : undefined
}

/** On the disk when it resolves. */
export async function writeUidMark(files: DurableFiles, path: string, mark: UidMark): Promise<void> {
  const lives = mark.lives === 0 ? '' : `index-lives ${mark.lives}\n`
  await replaceSmallFile(files, {
    path: join(path, markName),
    temporaryPath: join(path, 'tmp', `${markName}.posthorn`),
    text: `posthorn 1\nuidvalidity ${mark.uidValidity}\nuids-below ${mark.uidMark}\n${lives}`,
  })
}

/** The letters in `cur` and `new`: where each lies, by the part of its name that never changes. */
export async function listLetters(files: DurableFiles, path: string): Promise<Map<string, string>> {
  const letters = new Map<string, string>()
  for (const directory of ['cur', 'new']) {
    for await (const name of files.list(join(path, directory))) {
      if (name.startsWith('.')) continue
      const colon = name.indexOf(':')
      letters.set(colon === -1 ? name : name.slice(0, colon), `${directory}/${name}`)
    }
  }
  return letters
}

/** Removes what we had begun to write when the program ended; what is `writing` now and other programs' files stay. */
export async function sweepTemporary(files: DurableFiles, path: string, writing: ReadonlySet<string>): Promise<void> {
  for await (const name of files.list(join(path, 'tmp'))) {
    const file = join(path, 'tmp', name)
    if (name.endsWith('.posthorn') && !writing.has(file)) await files.unlink(file)
  }
}
