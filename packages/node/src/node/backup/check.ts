import { present } from '../../base/assert.ts'
import type { Progress } from '../operations/types.ts'
import type { Manifest } from './manifest.ts'
import { readBackup } from './read.ts'

export interface BackupChecked extends Manifest {
  readonly files: number
  readonly bytes: number
}

/**
 * Reads a backup through and writes nothing.
 * @throws OperatingError `wrong-passphrase`, `not-a-backup`, `backup-broken`.
 */
export async function checkBackup(
  source: AsyncIterable<Uint8Array>,
  { passphrase, progress }: { readonly passphrase: Uint8Array; readonly progress: (step: Progress) => void },
): Promise<BackupChecked> {
  let manifest: Manifest | undefined
  let [files, bytes] = [0, 0]
  await readBackup(source, passphrase, {
    manifest: async found => {
      manifest = found
    },
    async file({ body }) {
      for await (const chunk of body) bytes += chunk.length
      files += 1
      progress({ phase: 'reading', packets: files, unit: 'files', bytes, bytesTotal: null })
    },
  })
  return { ...present(manifest, 'the manifest of a whole backup'), files, bytes }
}
