import { type ArchivedFile, FormatError, readArchive } from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import { belongs, homePrefix, manifestName, required } from './contents.ts'
import { brokenBackup, notABackup } from './errors.ts'
import { backupLimits } from './limits.ts'
import { type Manifest, parseManifest } from './manifest.ts'
import { unsealed } from './sealing.ts'

/** A file of the home; `path` is below it, checked, with `/`. */
export type HomeFile = ArchivedFile

export interface BackupReader {
  readonly manifest: (manifest: Manifest) => Promise<void>
  /** Reads the body to its end. */
  readonly file: (file: HomeFile) => Promise<void>
}

/**
 * Gives out what a backup holds. When it resolves, that was all of it, as it was sealed; before, nothing is certain but
 * that each byte is where it was.
 * @throws OperatingError `wrong-passphrase`, `not-a-backup`, `backup-broken`, and what `reader` throws.
 */
export async function readBackup(
  source: AsyncIterable<Uint8Array>,
  passphrase: Uint8Array,
  reader: BackupReader,
): Promise<void> {
  const missing = new Set<string>(required)
  let manifest: Manifest | undefined
  try {
    for await (const file of readArchive(unsealed(source, { passphrase }))) {
      if (manifest === undefined) {
        manifest = await manifestIn(file)
        await reader.manifest(manifest)
        continue
      }
      const path = pathBelowHome(file.path)
      missing.delete(path)
      await reader.file({ ...file, path })
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    throw manifest === undefined ? notABackup('something else was sealed') : brokenBackup(error.message)
  }
  if (manifest === undefined) throw notABackup('it holds nothing')
  for (const name of missing) throw brokenBackup(`it holds no ${name}`)
}

async function manifestIn({ path, sizeBytes, body }: ArchivedFile): Promise<Manifest> {
  if (path !== manifestName || sizeBytes > backupLimits.manifestBytesMax) throw notABackup('something else was sealed')
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return parseManifest(Buffer.concat(chunks).toString('utf8'))
}

/** In the first backups of running nodes; taken away once the home is there. */
export const formerMark = 'posthorn.db.in-use'

/** Whoever knows the passphrase may have sealed anything: a file of a home lies in the home, and is one of its own. */
function pathBelowHome(path: string): string {
  const below = path.startsWith(homePrefix) ? path.slice(homePrefix.length) : undefined
  const parts = below?.split('/') ?? []
  const fits =
    below !== undefined &&
    Buffer.byteLength(below) <= backupLimits.pathBytesMax &&
    parts.length <= backupLimits.pathDepthMax &&
    !parts.some(part => part === '' || part === '.' || part === '..') &&
    !(process.platform === 'win32' && /[\\:]/.test(below))
  if (fits && (belongs(below) || below === formerMark)) return below
  throw new OperatingError(`This backup holds a file that no backup holds: ${JSON.stringify(path.slice(0, 200))}.`, {
    code: 'backup-broken',
    retry: 'never',
  })
}
